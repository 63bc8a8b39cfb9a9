using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>
/// What the device does in place of the stack (<see cref="NetworkOffload"/>): super-segments that leave in one packet, partial checksums, and segments that arrive
/// joined. Each condition here is a constant of the composition, so that nothing of it is compiled where the device does none of it.
/// </summary>
internal sealed partial class TcpLayer<TIp, TPlatform, TCongestion>
{
    // An IP packet of 65,535 bytes less the longest headers.
    private const int LargestSuperSegment = ushort.MaxValue - Ipv6Packet.HeaderSize - TcpSegment.MaxHeaderSize;

    // What each segment of the super-segment that is leaving carries; 0 if what leaves is one segment, however large (RFC 4821 §7).
    private int _cutSize;

    // What each of the segments carried that the frame being taken in was joined from; 0 if it is one.
    private int _joinedSize;

    private static bool OffloadsChecksum
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (TIp.Offload & (NetworkOffload.SendChecksum | NetworkOffload.SendSegmentation)) != 0;
    }

    private static bool OffloadsSegmentation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (TIp.Offload & NetworkOffload.SendSegmentation) != 0;
    }

    /// <summary>Whether several segments may arrive as one: joined by the device, or never cut on their way to this host itself.</summary>
    private static bool TakesJoined
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (TIp.Offload & (NetworkOffload.ReceiveCoalescing | NetworkOffload.SendSegmentation)) != 0;
    }

    /// <summary>
    /// How much of what may leave now goes into one packet: exactly what would leave in separate segments one after the other. A segment with SACK blocks goes alone, since a
    /// duplicate is told of once (RFC 2883 §4), and so does one with CWR, which is not said of those after it (RFC 3168 §6.1.2).
    /// </summary>
    private int SuperSegmentLength(TcpConnection<TCongestion> connection, int unsent, long room, int size)
    {
        if (connection.HasSackBlocks || connection.ReducedFlag != 0)
        {
            return size;
        }

        var length = (int)Math.Min(Math.Min(unsent, room), Math.Max(1, LargestSuperSegment / size) * size);
        var rest = length % size;
        length -= rest == 0 || IsWorthSending(connection, rest, size, isLast: length == unsent) ? 0 : rest;
        _cutSize = length > size ? size : 0;
        return length;
    }

    /// <summary>Remembers all segments of a super-segment but the last: each is acknowledged, lost and sent again for itself.</summary>
    /// <returns>Where the last one begins.</returns>
    private SequenceNumber AddSuperSegment(TcpConnection<TCongestion> connection, SequenceNumber start, long delivered)
    {
        var segment = new SentSegment { SentAt = Now.Nanoseconds, Delivered = delivered, IsApplicationLimited = delivered < connection.ApplicationLimitedUntil };

        // A FIN has no place of its own.
        var end = SequenceNumber.Min(connection.SndNxt, connection.SndUna + connection.SendBuffer.Length);
        while (_cutSize != 0 && end - start > _cutSize)
        {
            segment.End = start + _cutSize;
            connection.Sent.Add(Buffers, start, segment, connection.SegmentSize);
            start = segment.End;
        }

        _cutSize = 0;
        return start;
    }

    /// <summary>Sends what the device is to complete, and to cut.</summary>
    private bool SendPartial(TcpConnection<TCongestion> connection, Span<byte> segment, int textLength, int segmentSize)
    {
        var sum = InternetChecksum.PseudoHeader(connection.Local.Address, connection.Remote.Address, IpProtocol.Tcp, segment.Length);
        BinaryPrimitives.WriteUInt16BigEndian(segment[ChecksumPosition..], InternetChecksum.Fold(sum));
        var info = new FrameInfo { Checksum = ChecksumState.Partial, ChecksumOffset = ChecksumPosition, SegmentSize = (ushort)segmentSize };
        return SendLent(info, segmentSize == 0 ? 1 : SegmentsIn(textLength, segmentSize));
    }

    private void CountJoined(in TcpSegment segment, in FrameInfo frame)
    {
        _joinedSize = frame.SegmentSize;
        if (IsJoined(segment.Payload))
        {
            _segmentsReceived += SegmentsIn(segment.Payload.Length, _joinedSize) - 1;
        }
    }

    private bool IsJoined(ReadOnlySpan<byte> text) => _joinedSize != 0 && text.Length > _joinedSize;

    /// <summary>Duplicate acknowledgements for all segments but one that arrived out of order as one: without SACK the peer counts them (RFC 5681 §3.2).</summary>
    private void AcknowledgeJoined(TcpConnection<TCongestion> connection, ReadOnlySpan<byte> text)
    {
        for (var more = IsJoined(text) ? SegmentsIn(text.Length, _joinedSize) - 1 : 0; more > 0; more--)
        {
            Acknowledge(connection);
        }
    }

    private static int SegmentsIn(int length, int segmentSize) => (length + segmentSize - 1) / segmentSize;
}
