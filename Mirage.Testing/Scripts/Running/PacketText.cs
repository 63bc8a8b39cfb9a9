using System.Globalization;

namespace Mirage.Testing.Scripts;

/// <summary>Packets as scripts write them, for messages.</summary>
internal static class PacketText
{
    public static string Time(long microseconds) => (microseconds / 1e6).ToString("0.000000", CultureInfo.InvariantCulture);

    public static string Format(PacketAction action) => (action.IsInbound ? "< " : "> ") + Ip(action.Ip) + action switch
    {
        TcpAction tcp => Tcp(tcp.Flags, tcp.HasAce, tcp.Sequence, tcp.Length, tcp.Acknowledgement, tcp.Window, tcp.Urgent)
            + (tcp.Options is null ? " <...>" : tcp.Options.Count == 0 ? "" : " " + TcpOption.Format(tcp.Options)),
        UdpAction udp => $"udp ({udp.Length})",
        IcmpAction icmp => $"icmp type {icmp.Type} code {icmp.Code}",
        _ => "",
    };

    public static string Format(LivePacket packet) => "> " + (packet.Protocol switch
    {
        LivePacket.Tcp => Tcp(packet.Flags, false, packet.Sequence, packet.Data.Length, packet.Acknowledgement, packet.Window, packet.Urgent)
            + (packet.Options.Count == 0 ? "" : " " + TcpOption.Format(packet.Options)),
        LivePacket.Udp => $"udp ({packet.Data.Length})",
        _ => "icmp " + IcmpNames.Format(packet.IcmpType, packet.IcmpCode, packet.Version == 6),
    });

    private static string Tcp(TcpBits flags, bool hasAce, uint sequence, int length, uint acknowledgement, ushort? window, ushort urgent)
    {
        var ace = ((int)flags >> 6) & 7;
        var text = hasAce ? TcpBitsText.Format(flags & ~TcpBitsText.Ecn) + ace.ToString(CultureInfo.InvariantCulture) : TcpBitsText.Format(flags);
        text += $" {sequence}:{unchecked(sequence + (uint)length)}({length})";
        text += (flags & TcpBits.Ack) != 0 ? $" ack {acknowledgement}" : "";
        text += window is { } value ? $" win {value}" : "";
        return text + (urgent != 0 ? $" urg {urgent}" : "");
    }

    private static string Ip(in IpSpec ip) => ip.Check switch
    {
        TrafficCheck.Ecn => $"[{Ecn(ip.TrafficClass)}] ",
        TrafficCheck.AnyEct => "[ect01] ",
        TrafficCheck.All => $"[tos 0x{ip.TrafficClass:x}] ",
        _ => "",
    };

    public static string Ecn(int bits) => (bits & 3) switch
    {
        0 => "noecn",
        1 => "ect1",
        2 => "ect0",
        _ => "ce",
    };
}
