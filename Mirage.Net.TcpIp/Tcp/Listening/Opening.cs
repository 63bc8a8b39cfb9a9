using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>What the peer's SYN says and this end's answers: all that a connection is made from (RFC 9293 §3.5, RFC 7323, RFC 2018).</summary>
internal struct Opening
{
    /// <summary>What a peer that does not say takes over IPv4 (RFC 9293 §3.7.1).</summary>
    public const int DefaultSegmentSize = 536;

    /// <summary>The same over IPv6, whose links carry at least 1280 bytes.</summary>
    public const int DefaultIpv6SegmentSize = 1220;

    /// <summary>Less is not believed: headers would outweigh the data.</summary>
    public const int LeastSegmentSize = 64;

    public SequenceNumber Iss;
    public SequenceNumber Irs;
    public uint TsRecent;
    public uint TsOffset;
    public ushort Window;
    public ushort PeerSegmentSize;
    public byte SndScale;
    public bool HasScaling;
    public bool HasSack;
    public bool HasTimestamps;

    /// <summary>Whether the peer asks for ECN, or in its SYN-ACK agrees to it.</summary>
    public bool HasEcn;

    /// <summary>Reads a SYN.</summary>
    public static Opening Read(in TcpSegment segment, IpAddress peer)
    {
        var standard = peer.IsV6 ? DefaultIpv6SegmentSize : DefaultSegmentSize;
        var options = TcpOptions.Parse(segment.Options);
        return new Opening
        {
            Irs = segment.Sequence,
            Window = segment.Window,
            PeerSegmentSize = options.MaximumSegmentSize == 0 ? (ushort)standard : Math.Max(options.MaximumSegmentSize, (ushort)LeastSegmentSize),
            HasScaling = options.HasWindowScale,
            SndScale = options.HasWindowScale ? options.WindowScale : (byte)0,
            HasSack = options.SackPermitted,
            HasTimestamps = options.HasTimestamp,
            TsRecent = options.TimestampValue,
            HasEcn = IsEcn(segment.Flags),
        };
    }

    /// <summary>RFC 3168 §6.1.1: a SYN asks for ECN with both flags, and a SYN-ACK agrees with ECE alone; one with both reflects what came, as old stacks do with bits that they do not know.</summary>
    public static bool IsEcn(TcpFlags flags)
        => (flags & (TcpFlags.Ece | TcpFlags.Cwr)) == ((flags & TcpFlags.Ack) != 0 ? TcpFlags.Ece : TcpFlags.Ece | TcpFlags.Cwr);
}
