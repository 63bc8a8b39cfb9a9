namespace Mirage.Net.TcpIp;

/// <summary>A bound port. The call of <see cref="Deliver"/> is the one indirect call on a datagram's way: handlers of different types listen on different ports.</summary>
internal abstract class UdpListener(IpAddress address, DatagramFailed? onError)
{
    public IpAddress Address { get; } = address;

    public DatagramFailed? OnError { get; } = onError;

    public abstract void Deliver(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload);
}

internal sealed class UdpListener<THandler>(IpAddress address, DatagramFailed? onError, THandler handler) : UdpListener(address, onError)
    where THandler : struct, IDatagramHandler
{
    public override void Deliver(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload) => handler.OnDatagram(local, remote, payload);
}
