namespace Mirage.Net.TcpIp;

/// <summary>A bound port. The call of <see cref="Deliver"/> is the one indirect call on a datagram's way: handlers of different types listen on different ports.</summary>
internal abstract class UdpListener(IpAddress address, IpEndpoint remote, DatagramFailed? onError)
{
    private readonly bool _isConnected = remote.Port != 0;

    public IpAddress Address { get; } = address;

    public DatagramFailed? OnError { get; } = onError;

    /// <summary>How exactly it says what it takes: who is connected comes first, then who has an address.</summary>
    public int Rank => (_isConnected ? 2 : 0) + (Address.IsAny ? 0 : 1);

    public abstract void Deliver(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload);

    /// <summary>Whether a datagram from an endpoint to an address is for it.</summary>
    public bool Takes(in IpAddress destination, in IpEndpoint from) => Covers(Address, destination) && (!_isConnected || from == remote);

    /// <summary>Whether somebody who wants the same port would want what this one takes.</summary>
    public bool Contests(in IpAddress address, in IpEndpoint from)
        => _isConnected == (from.Port != 0) && (!_isConnected || from == remote) && (Covers(Address, address) || Covers(address, Address));

    private static bool Covers(in IpAddress bound, in IpAddress address)
        => bound.Family == IpFamily.None || (bound.IsAny ? bound.Family == address.Family : bound == address);
}

internal sealed class UdpListener<THandler>(IpAddress address, IpEndpoint remote, DatagramFailed? onError, THandler handler) : UdpListener(address, remote, onError)
    where THandler : struct, IDatagramHandler
{
    public override void Deliver(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload) => handler.OnDatagram(local, remote, payload);
}
