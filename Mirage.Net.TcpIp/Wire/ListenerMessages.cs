using System.Buffers.Binary;

namespace Mirage.Net.TcpIp.Wire;

/// <summary>A multicast listener query of either version (RFC 3810 §5.1, RFC 2710 §3): an ICMPv6 message whose checksum is known to be right.</summary>
public readonly ref struct ListenerQuery
{
    private const int SizeV1 = 24;
    private const int SizeV2 = 28;

    private readonly ReadOnlySpan<byte> _message;

    private ListenerQuery(ReadOnlySpan<byte> message) => _message = message;

    /// <summary>Whether it is of version 1: by its length (RFC 3810 §8.1).</summary>
    public bool IsVersion1 => _message.Length == SizeV1;

    /// <summary>The group that is asked for; <c>::</c> for all.</summary>
    public Ipv6Address Group => new(_message[8..]);

    /// <summary>How long an answer may wait (RFC 3810 §5.1.3).</summary>
    public TimeSpan MaxResponseTime
    {
        get
        {
            var code = BinaryPrimitives.ReadUInt16BigEndian(_message[4..]);
            return TimeSpan.FromMilliseconds(IsVersion1 || code < 0x8000 ? code : (long)((code & 0xfff) | 0x1000) << (((code >> 12) & 7) + 3));
        }
    }

    /// <summary>Views a message, with the checks of RFC 3810 §6.2.</summary>
    /// <param name="info">From the IP header.</param>
    /// <param name="message">The message.</param>
    /// <param name="result">The view.</param>
    /// <returns>Whether it is valid.</returns>
    public static bool TryParse(in IpPacketInfo info, ReadOnlySpan<byte> message, out ListenerQuery result)
    {
        result = default;
        if (!info.Source.V6.IsLinkLocal || info.TimeToLive != 1 || (message.Length != SizeV1 && message.Length < SizeV2))
        {
            return false;
        }

        result = new ListenerQuery(message);
        return result.Group.IsAny || result.Group.IsMulticast;
    }
}

/// <summary>Reports of one group, with the router alert that makes routers look at them (RFC 3810 §5.2, RFC 2710 §3, RFC 2711).</summary>
public static class ListenerReport
{
    /// <summary>The length of a hop-by-hop header with a router alert in bytes.</summary>
    public const int AlertSize = 8;

    /// <summary>The length of a report of version 2 with its hop-by-hop header in bytes.</summary>
    public const int Size = AlertSize + 28;

    /// <summary>The same of version 1.</summary>
    public const int SizeV1 = AlertSize + 24;

    /// <summary>Writes hop-by-hop header and message.</summary>
    /// <param name="source">From the IP header.</param>
    /// <param name="destination">From the IP header.</param>
    /// <param name="payload">What follows the IP header: exactly the size of the version.</param>
    /// <param name="type">A report of either version, or version 1's "done".</param>
    /// <param name="record">The type of the record in version 2.</param>
    /// <param name="group">The group.</param>
    public static void Write(in Ipv6Address source, in Ipv6Address destination, Span<byte> payload, Icmpv6Type type, byte record, in Ipv6Address group)
    {
        // ICMPv6 follows; 8 bytes; router alert (5) of 2 bytes with value 0, for MLD; PadN of 0 bytes.
        ReadOnlySpan<byte> alert = [(byte)IpProtocol.Icmpv6, 0, 5, 2, 0, 0, 1, 0];
        alert.CopyTo(payload);
        var message = payload[AlertSize..];
        if (type == Icmpv6Type.ListenerReportV2)
        {
            message[8..12].Clear();
            message[8] = record;
            group.CopyTo(message[12..]);
        }
        else
        {
            group.CopyTo(message[8..]);
        }

        // Of version 2 the low half is the number of records.
        Icmpv6Message.Write(source, destination, message, type, 0, type == Icmpv6Type.ListenerReportV2 ? 1u : 0u);
    }
}
