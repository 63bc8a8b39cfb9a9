using System.Buffers.Binary;

namespace Mirage.Net.Virtual;

/// <summary>
/// Cuts a TCP frame into segments, as a network card or Linux's generic segmentation offload does (<see cref="NetworkOffload.SendSegmentation"/>). Each segment has the frame's headers
/// with its own sequence number, lengths and checksums; PSH and FIN are the last one's only, CWR is the first one's (RFC 3168 §6.1.2). IPv4's identification counts up where
/// routers may fragment; elsewhere it means nothing (RFC 6864 §4.1).
/// </summary>
internal readonly ref struct SegmentCutter
{
    private readonly ReadOnlySpan<byte> _frame;
    private readonly TcpPacket _packet;
    private readonly int _size;

    private SegmentCutter(ReadOnlySpan<byte> frame, TcpPacket packet, int size)
    {
        _frame = frame;
        _packet = packet;
        _size = size;
    }

    /// <summary>How many segments there are; at least one.</summary>
    public int Count => Math.Max(1, (_packet.TextLength + _size - 1) / _size);

    /// <summary>Looks at a frame.</summary>
    /// <param name="frame">The frame, or the packet.</param>
    /// <param name="hasEthernet">Whether it begins with an Ethernet header.</param>
    /// <param name="segmentSize">How much text each segment has; more than 0.</param>
    /// <param name="cutter">Cuts it.</param>
    /// <returns>Whether it is TCP.</returns>
    public static bool TryCreate(ReadOnlySpan<byte> frame, bool hasEthernet, int segmentSize, out SegmentCutter cutter)
    {
        var isTcp = TcpPacket.TryParse(frame, hasEthernet, out var packet);
        cutter = isTcp ? new SegmentCutter(frame, packet, segmentSize) : default;
        return isTcp;
    }

    /// <summary>The length of the frame of a segment in bytes.</summary>
    public int LengthOf(int index) => _packet.Text + TextLengthOf(index);

    /// <summary>Writes the frame of a segment.</summary>
    /// <param name="index">Which one, from 0.</param>
    /// <param name="destination">As long as <see cref="LengthOf"/> says.</param>
    public void Write(int index, Span<byte> destination)
    {
        var isLast = index == Count - 1;
        var end = LengthOf(index);
        _frame[.._packet.Text].CopyTo(destination);
        _frame.Slice(_packet.Text + (index * _size), TextLengthOf(index)).CopyTo(destination[_packet.Text..]);

        var segment = destination[_packet.Transport..end];
        BinaryPrimitives.WriteUInt32BigEndian(segment[TcpPacket.SequencePosition..], _packet.Sequence(_frame) + (uint)(index * _size));
        segment[TcpPacket.FlagsPosition] &= (byte)~((isLast ? 0 : TcpPacket.Psh | TcpPacket.Fin) | (index == 0 ? 0 : TcpPacket.Cwr));
        if (!_packet.IsV6 && !_packet.DontFragment(_frame))
        {
            BinaryPrimitives.WriteUInt16BigEndian(destination[(_packet.Network + 4)..], (ushort)(_packet.Identification(_frame) + index));
        }

        _packet.WriteLength(destination, end);
        var checksum = segment[TcpPacket.ChecksumPosition..];
        BinaryPrimitives.WriteUInt16BigEndian(checksum, 0);
        BinaryPrimitives.WriteUInt16BigEndian(checksum, InternetChecksum.Finish(InternetChecksum.Sum(segment, _packet.PseudoHeader(destination, segment.Length))));
    }

    private int TextLengthOf(int index) => Math.Min(_size, _packet.TextLength - (index * _size));
}
