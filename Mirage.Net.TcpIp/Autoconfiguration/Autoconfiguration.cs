namespace Mirage.Net.TcpIp;

/// <summary>
/// Stateless address autoconfiguration and router discovery (RFC 4862, RFC 4861 §6.3): a link-local address, and what routers on the link advertise. Above IPv6 and neighbour discovery, both of
/// which it configures.
/// </summary>
/// <typeparam name="TNdp">Neighbour discovery.</typeparam>
/// <typeparam name="TPlatform">The platform.</typeparam>
/// <param name="ip">IPv6 over it.</param>
/// <param name="ndp">Neighbour discovery.</param>
/// <param name="platform">The platform.</param>
/// <param name="options">What to follow.</param>
/// <param name="limits">How much of it.</param>
public readonly struct Autoconfiguration<TNdp, TPlatform>(
    Ipv6<TNdp, TPlatform> ip, TNdp ndp, TPlatform platform, AutoconfigurationOptions options, StackLimits limits)
    where TNdp : struct, INdp
    where TPlatform : struct, IPlatform
{
    private readonly AutoconfigurationLayer<TNdp, TPlatform> _layer = new(ip, ndp, platform, options, limits);

    /// <summary>What was done and refused.</summary>
    public AutoconfigurationCounters Counters => _layer.Counters;

    /// <summary>The routers that advertise themselves as default routers, the one in use first.</summary>
    public IReadOnlyList<Ipv6Address> Routers => _layer.Routers;

    /// <summary>The name servers that routers advertise (RFC 8106 §5.1), in their order.</summary>
    public IReadOnlyList<IpAddress> NameServers => _layer.NameServers;

    /// <summary>Takes the link-local address, and asks for routers.</summary>
    public void Start() => _layer.Start();

    /// <summary>Takes a message of neighbour discovery; those that routers do not send are ignored.</summary>
    /// <param name="info">From the packet's header.</param>
    /// <param name="message">The message, whose checksum is right.</param>
    public void Input(in IpPacketInfo info, ReadOnlySpan<byte> message) => _layer.Input(info, message);

    /// <summary>Runs what is due: lifetimes end, routers are asked for.</summary>
    /// <param name="now">The present.</param>
    /// <returns>When to call again.</returns>
    public Instant RunTimers(Instant now) => _layer.RunTimers(now);
}
