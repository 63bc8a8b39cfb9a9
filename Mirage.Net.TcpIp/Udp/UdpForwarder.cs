namespace Mirage.Net.TcpIp;

/// <summary>What gets the datagrams that no listener takes. The call of <see cref="Deliver"/> is the one indirect call on a datagram's way, as with listeners.</summary>
internal abstract class UdpForwarder(TimeSpan idleTimeout)
{
    public TimeSpan IdleTimeout { get; } = idleTimeout;

    public abstract void Deliver(UdpAssociation association, ReadOnlySpan<byte> payload);

    public abstract void Ended(IpEndpoint source, IpEndpoint destination, object? state);
}

internal sealed class UdpForwarder<TForwarder>(TimeSpan idleTimeout, TForwarder forwarder) : UdpForwarder(idleTimeout)
    where TForwarder : struct, IUdpForwarder
{
    public override void Deliver(UdpAssociation association, ReadOnlySpan<byte> payload) => forwarder.OnDatagram(association, payload);

    public override void Ended(IpEndpoint source, IpEndpoint destination, object? state) => forwarder.OnEnded(source, destination, state);
}
