namespace Mirage.Testing.Scripts;

/// <summary>Compares what the stack sent, in the script's numbers, with what the script expects.</summary>
internal static class PacketComparison
{
    /// <summary>What differs, or <see langword="null"/>.</summary>
    public static string? Compare(PacketAction expected, LivePacket seen, ScriptSettings settings, long elapsed) => seen.Defect
        ?? CompareIp(expected.Ip, seen)
        ?? expected switch
        {
            TcpAction tcp => CompareTcp(tcp, seen) ?? CompareOptions(tcp.Options, seen.Options, settings, elapsed),
            UdpAction udp => Differs("length", udp.Length, seen.Data.Length),
            IcmpAction icmp => Differs("ICMP type", icmp.Type, seen.IcmpType) ?? Differs("ICMP code", icmp.Code, seen.IcmpCode),
            _ => null,
        };

    private static string? CompareIp(in IpSpec ip, LivePacket seen)
    {
        var ecn = seen.TrafficClass & 3;
        var traffic = ip.Check switch
        {
            TrafficCheck.Ecn when ip.TrafficClass != ecn => $"ECN of the IP header: expected {PacketText.Ecn(ip.TrafficClass)}, seen {PacketText.Ecn(ecn)}",
            TrafficCheck.AnyEct when ecn is not (1 or 2) => $"ECN of the IP header: expected ect0 or ect1, seen {PacketText.Ecn(ecn)}",
            TrafficCheck.All => Differs("traffic class", ip.TrafficClass, seen.TrafficClass),
            _ => null,
        };
        return traffic
            ?? (ip.TimeToLive == 0 ? null : Differs("time to live", ip.TimeToLive, seen.TimeToLive))
            ?? (ip.FlowLabel != 0 && seen.FlowLabel == 0 ? "flow label: expected one, seen none" : null);
    }

    private static string? CompareTcp(TcpAction expected, LivePacket seen)
    {
        if (expected.Flags != seen.Flags)
        {
            return $"flags: expected {TcpBitsText.Format(expected.Flags)}, seen {TcpBitsText.Format(seen.Flags)}";
        }

        return Differs("sequence number", expected.Sequence, seen.Sequence)
            ?? Differs("length", expected.Length, seen.Data.Length)
            ?? Differs("acknowledgement number", expected.Acknowledgement, seen.Has(TcpBits.Ack) ? seen.Acknowledgement : 0)
            ?? (expected.Window is { } window ? Differs("window", window, seen.Window) : null)
            ?? Differs("urgent pointer", expected.Urgent, seen.Urgent);
    }

    // Options have an order, and padding counts. Timestamps count when the script says what a tick is.
    private static string? CompareOptions(IReadOnlyList<TcpOption>? expected, IReadOnlyList<TcpOption> seen, ScriptSettings settings, long elapsed)
    {
        if (expected is null)
        {
            return null;
        }

        var same = expected.Count == seen.Count;
        for (var i = 0; same && i < expected.Count; i++)
        {
            same = expected[i].Kind == TcpOption.Timestamps && seen[i] is { Kind: TcpOption.Timestamps, Data.Length: 8 }
                ? settings.TimestampTick == 0 || IsNear(expected[i], seen[i], settings, elapsed)
                : expected[i].Equals(seen[i]);
        }

        return same ? null : $"options: expected {TcpOption.Format(expected)}, seen {TcpOption.Format(seen)}";
    }

    private static bool IsNear(TcpOption expected, TcpOption seen, ScriptSettings settings, long elapsed)
    {
        var ticks = Math.Abs((long)unchecked((int)(seen.TimestampValue - expected.TimestampValue)));
        return ticks * settings.TimestampTick <= Math.Max(settings.Tolerance, (long)(settings.ToleranceRatio * elapsed))
            && seen.TimestampEcho == expected.TimestampEcho;
    }

    private static string? Differs(string what, long expected, long seen) => expected == seen ? null : $"{what}: expected {expected}, seen {seen}";
}
