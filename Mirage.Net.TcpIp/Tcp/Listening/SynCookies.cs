using System.Buffers.Binary;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>
/// SYN cookies (RFC 4987 §3.6): a SYN-ACK whose sequence number says everything that the connection needs, so that nothing is kept of a SYN until its
/// third segment comes back with it. Its upper 8 bits count 64 seconds, its lower 24 are a keyed hash of the two ends, the peer's sequence number
/// and that count, plus the index of the peer's segment size; to all is added another hash of the two ends and the peer's number, so that the sequence
/// numbers of different connections have nothing in common. The window scale, SACK and ECN are in the low bits of the timestamp that the peer echoes; without timestamps
/// there is none of them. A forged acknowledgement is right once in 2^28 times, and only while cookies are being sent.
/// </summary>
internal sealed class SynCookies
{
    /// <summary>How many bytes of randomness a key takes.</summary>
    public const int KeyLength = 16;

    private const long NanosecondsPerCount = 64L * 1_000_000_000;
    private const int CountShift = 24;
    private const uint HashMask = (1 << CountShift) - 1;

    // A cookie is good for the count in which it was sent and the next: for 64 to 128 seconds.
    private const uint Lifetime = 2;
    private const long CountsPerKey = 16;

    private const uint StateMask = 0x3f;
    private const uint NoScale = 0xf;
    private const uint ScaleMask = 0xf;
    private const uint SackBit = 0x10;
    private const uint EcnBit = 0x20;

    // For what paths and peers there are: the least, IPv4's default, IPv6's least MTU, tunnels, PPPoE, Ethernet (IPv6, IPv4), jumbo frames.
    private static readonly ushort[] _segmentSizes = [Opening.LeastSegmentSize, Opening.DefaultSegmentSize, Opening.DefaultIpv6SegmentSize, 1360, 1412, 1440, 1460, 8960];

    private readonly (ulong First, ulong Second)[] _keys = new (ulong, ulong)[2];
    private long _keyCount = long.MinValue;

    /// <summary>Whether a new key is due before the next cookie: with the first, and every 17 minutes that cookies are sent.</summary>
    public bool IsKeyDue(Instant now) => Count(now) - CountsPerKey >= _keyCount;

    /// <summary>Takes a new key; the one before goes on being accepted.</summary>
    public void Rotate(ReadOnlySpan<byte> key, Instant now)
    {
        _keys[1] = _keys[0];
        _keys[0] = (BinaryPrimitives.ReadUInt64LittleEndian(key), BinaryPrimitives.ReadUInt64LittleEndian(key[sizeof(ulong)..]));
        _keyCount = Count(now);
    }

    /// <summary>Makes the sequence number of a SYN-ACK, and of the opening what the third segment will tell.</summary>
    public SequenceNumber Make(in IpEndpoint local, in IpEndpoint remote, ref Opening opening, Instant now)
    {
        var index = _segmentSizes.Length - 1;
        while (index > 0 && _segmentSizes[index] > opening.PeerSegmentSize)
        {
            index--;
        }

        opening.PeerSegmentSize = _segmentSizes[index];
        if (!opening.HasTimestamps)
        {
            opening.HasScaling = opening.HasSack = opening.HasEcn = false;
            opening.SndScale = 0;
        }

        var count = (uint)Count(now);
        var (outer, inner) = Hash(_keys[0], local, remote, opening.Irs, count);
        return new SequenceNumber(outer + opening.Irs.Value + (count << CountShift) + ((inner + (uint)index) & HashMask));
    }

    /// <summary>Puts what both ends agree on into a timestamp, which stays not later than it was.</summary>
    public static uint MarkTimestamp(uint timestamp, in Opening opening)
    {
        var state = (opening.HasScaling ? opening.SndScale : NoScale) | (opening.HasSack ? SackBit : 0u) | (opening.HasEcn ? EcnBit : 0u);
        var marked = (timestamp & ~StateMask) | state;
        return (int)(marked - timestamp) > 0 ? marked - (StateMask + 1) : marked;
    }

    /// <summary>Reads a third segment.</summary>
    /// <returns>Whether it acknowledges a cookie of ours.</returns>
    public bool TryRead(in IpEndpoint local, in IpEndpoint remote, in TcpSegment segment, in TcpOptions options, Instant now, out Opening opening)
    {
        var cookie = (segment.Acknowledgement - 1).Value;
        var irs = segment.Sequence - 1;
        for (var i = 0; i < _keys.Length && _keys[i] != default; i++)
        {
            var count = (uint)Count(now);
            var (outer, _) = Hash(_keys[i], local, remote, irs, count);
            var rest = cookie - outer - irs.Value;
            var age = (count - (rest >> CountShift)) & (uint.MaxValue >> CountShift);
            if (age < Lifetime)
            {
                var (_, inner) = Hash(_keys[i], local, remote, irs, count - age);
                var index = (rest - inner) & HashMask;
                if (index < _segmentSizes.Length)
                {
                    opening = Read(new SequenceNumber(cookie), irs, _segmentSizes[index], segment.Window, options);
                    return true;
                }
            }
        }

        opening = default;
        return false;
    }

    private static Opening Read(SequenceNumber iss, SequenceNumber irs, ushort segmentSize, ushort window, in TcpOptions options)
    {
        var opening = new Opening { Iss = iss, Irs = irs, PeerSegmentSize = segmentSize, Window = window };
        if (options.HasTimestamp)
        {
            var state = options.TimestampEcho & StateMask;
            opening.HasTimestamps = true;
            opening.TsRecent = options.TimestampValue;
            opening.HasSack = (state & SackBit) != 0;
            opening.HasEcn = (state & EcnBit) != 0;
            opening.HasScaling = (state & ScaleMask) != NoScale;
            opening.SndScale = opening.HasScaling ? (byte)Math.Min(state & ScaleMask, TcpOptions.MaxWindowScale) : (byte)0;
        }

        return opening;
    }

    private static long Count(Instant now) => now.Nanoseconds / NanosecondsPerCount;

    private static (uint Outer, uint Inner) Hash((ulong First, ulong Second) key, in IpEndpoint local, in IpEndpoint remote, SequenceNumber irs, uint count)
    {
        Span<byte> input = stackalloc byte[(2 * Ipv6Address.Size) + (2 * sizeof(ushort)) + (2 * sizeof(uint))];
        local.Address.V6.CopyTo(input);
        remote.Address.V6.CopyTo(input[Ipv6Address.Size..]);
        var rest = input[(2 * Ipv6Address.Size)..];
        BinaryPrimitives.WriteUInt16BigEndian(rest, local.Port);
        BinaryPrimitives.WriteUInt16BigEndian(rest[2..], remote.Port);
        var outer = SipHash.Compute(key.First, key.Second, input[..^(2 * sizeof(uint))]);
        BinaryPrimitives.WriteUInt32BigEndian(rest[4..], irs.Value);
        BinaryPrimitives.WriteUInt32BigEndian(rest[8..], count);
        return ((uint)outer, (uint)SipHash.Compute(key.First, key.Second, input));
    }
}
