namespace Mirage.Net.Virtual.Tests;

/// <summary>What a frame is cut into is what would have been sent in separate segments.</summary>
public sealed class SegmentCutterTests
{
    private const byte All = TcpFrame.Ack | TcpFrame.Psh | TcpFrame.Fin | TcpFrame.Ece | TcpFrame.Cwr;

    [Theory]
    [InlineData(false, true, false)]
    [InlineData(false, true, true)]
    [InlineData(false, false, false)]
    [InlineData(true, true, false)]
    [InlineData(true, true, true)]
    [InlineData(true, false, false)]
    public void Segments_have_the_headers_with_numbers_lengths_and_checksums_of_their_own(bool isV6, bool hasEthernet, bool isTagged)
    {
        foreach (var (length, size) in new[] { (3500, 1000), (3000, 1000), (3001, 1000), (1000, 1000), (1, 1000), (0, 1000), (60_000, 1448), (300, 7) })
        {
            var whole = new TcpFrame
            {
                IsV6 = isV6, HasEthernet = hasEthernet, IsTagged = isTagged, Flags = All, Options = [1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8], Text = TcpFrame.Bytes(length), TrafficClass = 2,
            };
            Assert.Equal(whole.Cut(size).Select(frame => frame.ToBytes()), Cut(whole.ToBytes(isPartial: true), hasEthernet, size));
        }
    }

    [Fact]
    public void Identifications_count_up_where_routers_may_fragment_only()
    {
        foreach (var dontFragment in new[] { false, true })
        {
            var whole = new TcpFrame { Identification = 0xfffe, DontFragment = dontFragment, Text = TcpFrame.Bytes(400) };
            Assert.Equal(whole.Cut(100).Select(frame => frame.ToBytes()), Cut(whole.ToBytes(isPartial: true), true, 100));
        }
    }

    [Fact]
    public void What_is_no_TCP_is_not_cut()
    {
        var frame = new TcpFrame { Text = TcpFrame.Bytes(100) }.ToBytes();
        for (var length = 0; length < 14 + 20 + 20; length++)
        {
            Assert.False(SegmentCutter.TryCreate(frame.AsSpan(0, length), true, 50, out _), $"{length} bytes");
        }

        // The protocol; a fragment; a header that is longer than the packet; a packet that is longer than the frame.
        foreach (var (at, value) in new[] { (14 + 9, (byte)17), (14 + 6, (byte)0x20), (14 + 7, (byte)1), (14 + 20 + 12, (byte)0x40), (14 + 2, (byte)0xff), (14, (byte)0x44), (12, (byte)0) })
        {
            var changed = frame.ToArray();
            changed[at] = value;
            Assert.False(SegmentCutter.TryCreate(changed, true, 50, out _), $"{value} at {at}");
        }
    }

    internal static List<byte[]> Cut(byte[] frame, bool hasEthernet, int size)
    {
        Assert.True(SegmentCutter.TryCreate(frame, hasEthernet, size, out var cutter));
        var frames = new List<byte[]>();
        for (var i = 0; i < cutter.Count; i++)
        {
            var segment = new byte[cutter.LengthOf(i)];
            cutter.Write(i, segment);
            frames.Add(segment);
        }

        return frames;
    }
}
