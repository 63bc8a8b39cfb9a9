namespace Mirage.Net.TcpIp;

/// <summary>Tells the sender of a packet that it could not be delivered, as <see cref="IIcmp.SendUnreachable"/> does: how a transport, which knows no ICMP, refuses.</summary>
/// <param name="info">From the packet's header.</param>
/// <param name="packet">The packet's start, from its IP header on.</param>
/// <param name="reason">Why.</param>
public delegate void UnreachableSender(in IpPacketInfo info, ReadOnlySpan<byte> packet, UnreachableReason reason);
