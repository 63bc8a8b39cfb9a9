namespace Mirage.Net.TcpIp;

/// <summary>
/// Every bound on what a peer, a stranger or the program itself can make the stack hold. At each bound something definite happens, which is said here, and is
/// counted in <see cref="StackCounters"/>. A number that cannot be throws <see cref="ArgumentOutOfRangeException"/> where it is written.
/// </summary>
public sealed record StackLimits
{
    /// <summary>How many bytes of buffers that are not in use are kept for the next use.</summary>
    public long RetainedBuffers { get; init => field = Setting.AtLeast(value, 0); } = 64 << 20;

    /// <summary>How many neighbours are remembered, in each family. Those make room first that told of themselves and were never sent to, then those that have not answered, then those that
    /// have; of each kind the one that was used longest ago. Who tells of itself takes no other's place than one of the first kind.</summary>
    public int MaxNeighbours { get; init => field = Setting.AtLeast(value, 1); } = 1024;

    /// <summary>How many packets wait for one neighbour's link address; the oldest makes room.</summary>
    public int MaxPacketsPerNeighbour { get; init => field = Setting.AtLeast(value, 1); } = 64;

    /// <summary>How many bytes all packets hold, in each family, that wait for link addresses; the oldest for the same neighbour makes room.</summary>
    public long MaxWaitingForNeighbours { get; init => field = Setting.AtLeast(value, 1); } = 4 << 20;

    /// <summary>How many path MTUs are known, in each family; the one that was reported longest ago makes room.</summary>
    public int MaxPathMtus { get; init => field = Setting.AtLeast(value, 1); } = 4096;

    /// <summary>The least path MTU of IPv4, in bytes, that an ICMP error can make the stack believe; at least 68. Where a link carries less, packets have this size and routers
    /// may fragment them: a forged error could otherwise make connections send tiny segments (RFC 5927 §7).</summary>
    public int MinPathMtu { get; init => field = Setting.AtLeast(value, 68); } = 552;

    /// <summary>How many destinations a router may have redirected, on IPv6; the oldest makes room.</summary>
    public int MaxRedirects { get; init => field = Setting.AtLeast(value, 0); } = 256;

    /// <summary>How many routers are known from their advertisements, on IPv6; further ones are ignored.</summary>
    public int MaxRouters { get; init => field = Setting.AtLeast(value, 0); } = 8;

    /// <summary>How many networks are known from advertisements; further ones are ignored.</summary>
    public int MaxAdvertisedPrefixes { get; init => field = Setting.AtLeast(value, 0); } = 16;

    /// <summary>How many name servers are known from advertisements; further ones are ignored.</summary>
    public int MaxAdvertisedNameServers { get; init => field = Setting.AtLeast(value, 0); } = 8;

    /// <summary>How many bytes the datagrams hold, in each family, of which fragments are missing; the one that has waited longest makes room. One source may hold a fourth, for which its own
    /// make room.</summary>
    public long MaxReassemblyBytes { get; init => field = Setting.AtLeast(value, 1); } = 4 << 20;

    /// <summary>How many datagrams wait for fragments, in each family; the one that has waited longest makes room. One source may have a fourth of them.</summary>
    public int MaxReassemblies { get; init => field = Setting.AtLeast(value, 1); } = 1024;

    /// <summary>How many fragments a datagram may have; further ones are dropped, and with them the datagram. 65,535 bytes in fragments for links of 68 bytes are 1,366.</summary>
    public int MaxFragmentsPerDatagram { get; init => field = Setting.AtLeast(value, 1); } = 1400;

    /// <summary>How many groups this host is in, in each family; joining more fails with <see cref="ErrorKind.Full"/>. Of as many that were left routers are told; of
    /// further ones they find out by asking.</summary>
    public int MaxGroups { get; init => field = Setting.AtLeast(value, 1); } = 256;

    /// <summary>How many packets to this host itself wait for the next turn; sending more reports "full".</summary>
    public int MaxLoopbackPackets { get; init => field = Setting.AtLeast(value, 1); } = 1024;

    /// <summary>How many bytes the packets to this host itself hold until the next turn, in each family; sending more reports "full".</summary>
    public long MaxLoopbackBytes { get; init => field = Setting.AtLeast(value, 1); } = 16 << 20;

    /// <summary>How many ICMP errors are sent in a second, in each family (RFC 1812 §4.3.2.8, RFC 4443 §2.4 (f)); further ones are not sent. On average: exactly as many
    /// would let a stranger count the errors that others get, and so find open ports from a forged address.</summary>
    public int IcmpErrorsPerSecond { get; init => field = Setting.AtLeast(value, 1); } = 1000;

    /// <summary>How many ICMP errors are sent at once, in each family, after a silence; on average.</summary>
    public int IcmpErrorBurst { get; init => field = Setting.AtLeast(value, 1); } = 50;

    /// <summary>How many echo requests wait for their answer; further ones fail with <see cref="ErrorKind.Full"/>.</summary>
    public int MaxPings { get; init => field = Setting.AtLeast(value, 1); } = 1024;

    /// <summary>How many associations a forwarder of datagrams has; the one that was silent for longest makes room: of a source address that has more than a fourth, if there is one; the newcomer's own, if that is it.</summary>
    public int MaxUdpAssociations { get; init => field = Setting.AtLeast(value, 1); } = 4096;

    /// <summary>How many TCP connections there may be, in all states; more are refused.</summary>
    public int MaxConnections { get; init => field = Setting.AtLeast(value, 1); } = 262_144;

    /// <summary>How many TCP connections may be half-open, over all listeners; further SYNs are answered with cookies (<see cref="TcpSettings.SynCookies"/>), or dropped.</summary>
    public int MaxHalfOpen { get; init => field = Setting.AtLeast(value, 1); } = 16_384;

    /// <summary>
    /// How many bytes all connections together hold in buffers. Each may have a quarter of what is free, so that the buffers of all grow smaller as it runs short, down to
    /// 16 KiB, with which each goes on. At the limit what arrives out of order, or does not fit, is dropped and sent again by the peer.
    /// </summary>
    public long MaxBuffered { get; init => field = Setting.AtLeast(value, 1); } = 256 << 20;

    /// <summary>How many separate runs of bytes that arrived out of order a connection remembers; further ones are dropped and sent again by the peer.</summary>
    public int MaxOutOfOrderRuns { get; init => field = Setting.AtLeast(value, 1); } = 128;

    /// <summary>How many resets a second answer segments that belong to no connection (a tenth of it at once); further ones are dropped. At least 10.</summary>
    public int ResetsPerSecond { get; init => field = Setting.AtLeast(value, 10); } = 10_000;

    /// <summary>How many connections that the program has closed may wait for their peers to take the rest and to close too; further ones are reset when they are closed.</summary>
    public int MaxOrphans { get; init => field = Setting.AtLeast(value, 1); } = 65_536;

    /// <summary>How many connections may be in TIME-WAIT; the oldest makes room.</summary>
    public int MaxTimeWait { get; init => field = Setting.AtLeast(value, 1); } = 32_768;

    /// <summary>How many connections are kept to be used again, with no buffers, after they end.</summary>
    public int MaxPooledConnections { get; init => field = Setting.AtLeast(value, 0); } = 4096;
}
