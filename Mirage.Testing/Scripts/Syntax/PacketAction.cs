namespace Mirage.Testing.Scripts;

internal enum TrafficCheck
{
    None,
    Ecn,
    AnyEct,
    All,
}

/// <summary>What a script says of the IP header: the traffic class and how much of it counts, the time to live and the flow label, 0 if not said.</summary>
internal readonly record struct IpSpec(TrafficCheck Check, byte TrafficClass, byte TimeToLive, uint FlowLabel);

/// <summary>Ports as in the script; 0 where it does not say.</summary>
internal readonly record struct PortPair(ushort Source, ushort Destination)
{
    public bool IsGiven => Source != 0 || Destination != 0;
}

/// <summary>A packet to inject, or one that is expected.</summary>
internal abstract record PacketAction(bool IsInbound, IpSpec Ip) : ScriptAction;

/// <param name="IsInbound">Whether the script sends it.</param>
/// <param name="Ip">The IP header.</param>
/// <param name="Ports">The ports.</param>
/// <param name="Flags">The flags of the header, with AE above them.</param>
/// <param name="HasAce">Whether the three ECN flags were written as one number, as AccECN uses them.</param>
/// <param name="Sequence">The sequence number, as scripts count.</param>
/// <param name="Length">How much data.</param>
/// <param name="Acknowledgement">The acknowledgement number, as scripts count.</param>
/// <param name="Window">The window field; <see langword="null"/> for any.</param>
/// <param name="Urgent">The urgent pointer.</param>
/// <param name="Options">The options; <see langword="null"/> for any.</param>
internal sealed record TcpAction(
    bool IsInbound,
    IpSpec Ip,
    PortPair Ports,
    TcpBits Flags,
    bool HasAce,
    uint Sequence,
    int Length,
    uint Acknowledgement,
    ushort? Window,
    ushort Urgent,
    IReadOnlyList<TcpOption>? Options) : PacketAction(IsInbound, Ip)
{
    public bool Has(TcpBits bit) => (Flags & bit) != 0;
}

internal sealed record UdpAction(bool IsInbound, IpSpec Ip, PortPair Ports, int Length) : PacketAction(IsInbound, Ip);

internal enum QuotedProtocol
{
    None,
    Tcp,
    Udp,
    Raw,
}

/// <param name="IsInbound">Whether the script sends it.</param>
/// <param name="Ip">The IP header.</param>
/// <param name="Type">The type.</param>
/// <param name="Code">The code.</param>
/// <param name="Mtu">The MTU that it tells of, if any.</param>
/// <param name="Id">The identifier of an echo.</param>
/// <param name="Quoted">What the quoted packet is.</param>
/// <param name="Sequence">The quoted sequence number, as scripts count.</param>
/// <param name="Length">The quoted packet's payload in bytes.</param>
internal sealed record IcmpAction(
    bool IsInbound, IpSpec Ip, byte Type, byte Code, uint? Mtu, ushort Id, QuotedProtocol Quoted, uint Sequence, int Length) : PacketAction(IsInbound, Ip);
