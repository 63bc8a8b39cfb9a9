using System.Buffers.Binary;

namespace Mirage.Net.Virtual;

/// <summary>
/// Joins TCP segments that follow each other, as a network card or Linux's generic receive offload does (<see cref="NetworkOffload.ReceiveCoalescing"/>). They are of one connection and
/// have the same headers, options and window included, but for what differs of itself; all have as much text, but for the last. What has PSH is the last one, what has any flag but ACK, PSH
/// and ECE, or no text, is never joined. Marks of congestion (RFC 3168) are in the headers that must be the same.
/// </summary>
/// <param name="hasEthernet">Whether frames begin with an Ethernet header.</param>
internal sealed class SegmentJoiner(bool hasEthernet)
{
    /// <summary>An IP packet of 65,535 bytes behind an Ethernet header with a VLAN tag.</summary>
    public const int LargestFrame = ushort.MaxValue + EthernetFrame.HeaderSize + 4;

    private readonly byte[] _buffer = new byte[LargestFrame];
    private TcpPacket _first;
    private int _end;
    private uint _next;
    private ushort _segmentSize;
    private bool _isFull;

    /// <summary>How many segments are held.</summary>
    public int Count { get; private set; }

    /// <summary>Whether nothing can follow any more.</summary>
    public bool IsFull => _isFull;

    /// <summary>What is held, until the next segment is.</summary>
    public ReadOnlySpan<byte> Frame => _buffer.AsSpan(0, _end);

    /// <summary>Whether a segment may be joined with others.</summary>
    public static bool IsJoinable(ReadOnlySpan<byte> frame, in TcpPacket packet)
        => packet.TextLength > 0 && (packet.Flags(frame) & ~(TcpPacket.Psh | TcpPacket.Ece)) == TcpPacket.Ack;

    /// <summary>Holds a first segment, which is joinable.</summary>
    public void Begin(ReadOnlySpan<byte> frame, in TcpPacket packet)
    {
        frame[..packet.End].CopyTo(_buffer);
        (_first, _end, Count) = (packet, packet.End, 1);
        _segmentSize = (ushort)packet.TextLength;
        Follow(frame, packet);
    }

    /// <summary>Adds a segment, which is joinable and whose checksums are right, to what is held.</summary>
    /// <returns>Whether it follows.</returns>
    public bool TryAdd(ReadOnlySpan<byte> frame, in TcpPacket packet)
    {
        if (Count == 0 || _isFull || !Follows(frame, packet))
        {
            return false;
        }

        frame[packet.Text..packet.End].CopyTo(_buffer.AsSpan(_end));
        _buffer[_first.Transport + TcpPacket.FlagsPosition] |= (byte)(packet.Flags(frame) & TcpPacket.Psh);
        _end += packet.TextLength;
        Count++;
        Follow(frame, packet);
        return true;
    }

    /// <summary>Ends what is held: <see cref="Frame"/> is complete, but for the checksum of segments that were joined, which is partial.</summary>
    /// <returns>What goes with it.</returns>
    public FrameInfo End()
    {
        var count = Count;
        Count = 0;
        if (count == 1)
        {
            return new FrameInfo { Checksum = ChecksumState.Valid };
        }

        _first.WriteLength(_buffer, _end);
        var segment = _buffer.AsSpan(_first.Transport, _end - _first.Transport);
        BinaryPrimitives.WriteUInt16BigEndian(segment[TcpPacket.ChecksumPosition..], InternetChecksum.Fold(_first.PseudoHeader(_buffer, segment.Length)));
        return new FrameInfo
        {
            Checksum = ChecksumState.Partial,
            ChecksumStart = (ushort)_first.Transport,
            ChecksumOffset = TcpPacket.ChecksumPosition,
            SegmentSize = _segmentSize,
        };
    }

    private void Follow(ReadOnlySpan<byte> frame, in TcpPacket packet)
    {
        _next = packet.Sequence(frame) + (uint)packet.TextLength;
        _isFull = packet.TextLength < _segmentSize || (packet.Flags(frame) & TcpPacket.Psh) != 0;
    }

    private bool Follows(ReadOnlySpan<byte> frame, in TcpPacket packet)
        => packet.Sequence(frame) == _next
            && packet.TextLength <= _segmentSize
            && _end + packet.TextLength - _first.Network <= ushort.MaxValue
            && (packet.Network, packet.Transport, packet.Text, packet.IsV6) == (_first.Network, _first.Transport, _first.Text, _first.IsV6)
            && HasSameLink(frame)
            && (packet.IsV6 ? HasSameIpv6(frame) : HasSameIpv4(frame))
            && HasSameTcp(frame);

    private bool HasSameLink(ReadOnlySpan<byte> frame) => !hasEthernet || frame[.._first.Network].SequenceEqual(_buffer.AsSpan(0, _first.Network));

    // All but the length.
    private bool HasSameIpv6(ReadOnlySpan<byte> frame) => IsSame(frame, _first.Network, 4) && IsSame(frame, _first.Network + 6, _first.Transport - _first.Network - 6);

    // All but length, identification and checksum. Where routers may fragment, identifications count up, or there would be no telling them from what was cut.
    private bool HasSameIpv4(ReadOnlySpan<byte> frame)
        => IsSame(frame, _first.Network, 2)
            && IsSame(frame, _first.Network + 6, TcpPacket.Ipv4ChecksumPosition - 6)
            && IsSame(frame, _first.Network + 12, _first.Transport - _first.Network - 12)
            && (_first.DontFragment(frame) || _first.Identification(frame) == (ushort)(_first.Identification(_buffer) + Count));

    // All but sequence number, PSH and checksum.
    private bool HasSameTcp(ReadOnlySpan<byte> frame)
    {
        var transport = _first.Transport;
        const byte Compared = unchecked((byte)~TcpPacket.Psh);
        return IsSame(frame, transport, TcpPacket.SequencePosition)
            && IsSame(frame, transport + 8, TcpPacket.FlagsPosition - 8)
            && ((frame[transport + TcpPacket.FlagsPosition] ^ _buffer[transport + TcpPacket.FlagsPosition]) & Compared) == 0
            && IsSame(frame, transport + TcpPacket.FlagsPosition + 1, 2)
            && IsSame(frame, transport + TcpPacket.ChecksumPosition + 2, _first.Text - transport - TcpPacket.ChecksumPosition - 2);
    }

    private bool IsSame(ReadOnlySpan<byte> frame, int start, int length) => frame.Slice(start, length).SequenceEqual(_buffer.AsSpan(start, length));
}
