using FsCheck;
using FsCheck.Fluent;

namespace Mirage.Net.Virtual.Tests;

/// <summary>Segments that follow each other become one frame, and others do not.</summary>
public sealed class SegmentJoinerTests
{
    private static readonly TcpFrame First = new() { Text = TcpFrame.Bytes(1000), Options = [1, 1, 1, 1], DontFragment = false, Identification = 9 };

    private static readonly TcpFrame Next = First with { Sequence = First.Sequence + 1000, Identification = 10 };

    private static readonly Dictionary<string, TcpFrame> Strangers = new()
    {
        ["a hole"] = Next with { Sequence = Next.Sequence + 1 },
        ["what came before"] = Next with { Sequence = First.Sequence },
        ["another acknowledgement"] = Next with { Acknowledgement = 78 },
        ["another window"] = Next with { Window = 1001 },
        ["another connection"] = Next with { SourcePort = 4001 },
        ["another receiver"] = Next with { To = MacAddress.Local(3) },
        ["another time to live"] = Next with { TimeToLive = 63 },
        ["a mark of congestion"] = Next with { TrafficClass = 3 },
        ["other options"] = Next with { Options = [1, 1, 1, 0] },
        ["longer options"] = Next with { Options = [1, 1, 1, 1, 1, 1, 1, 1] },
        ["an identification that does not follow"] = Next with { Identification = 11 },
        ["what routers must not fragment"] = Next with { DontFragment = true },
        ["more text"] = Next with { Text = TcpFrame.Bytes(1001) },
        ["no text"] = Next with { Text = [] },
        ["the other family"] = Next with { IsV6 = true },
        ["a tag"] = Next with { IsTagged = true },
        ["FIN"] = Next with { Flags = TcpFrame.Ack | TcpFrame.Fin },
        ["SYN"] = Next with { Flags = TcpFrame.Ack | TcpFrame.Syn },
        ["RST"] = Next with { Flags = TcpFrame.Ack | TcpFrame.Rst },
        ["URG"] = Next with { Flags = TcpFrame.Ack | TcpFrame.Urg },
        ["CWR"] = Next with { Flags = TcpFrame.Ack | TcpFrame.Cwr },
        ["ECE"] = Next with { Flags = TcpFrame.Ack | TcpFrame.Ece },
    };

    public static TheoryData<string> StrangerNames => [.. Strangers.Keys];

    [Fact]
    public void What_was_cut_is_joined_to_the_same_bytes()
        => Prop.ForAll(
                ArbMap.Default.ArbFor<(uint Text, uint Size, byte Options, byte Bits, uint Sequence)>(),
                random =>
                {
                    var size = 50 + (int)(random.Size % 9000);
                    var whole = new TcpFrame
                    {
                        IsV6 = (random.Bits & 1) != 0,
                        HasEthernet = (random.Bits & 2) != 0,
                        IsTagged = (random.Bits & 4) != 0,
                        DontFragment = (random.Bits & 8) != 0,
                        Flags = (byte)(TcpFrame.Ack | ((random.Bits & 16) != 0 ? TcpFrame.Psh : 0) | ((random.Bits & 32) != 0 ? TcpFrame.Ece : 0)),
                        Sequence = random.Sequence,
                        Identification = (ushort)random.Size,
                        Options = TcpFrame.Bytes(random.Options % 11 * 4),
                        Text = TcpFrame.Bytes(1 + (int)(random.Text % 65_400), (byte)random.Sequence),
                    };
                    var (frame, info) = Assert.Single(Join(whole.HasEthernet, SegmentCutterTests.Cut(whole.ToBytes(isPartial: true), whole.HasEthernet, size)));
                    var isOne = whole.Text.Length <= size;
                    Assert.Equal(whole.ToBytes(isPartial: !isOne), frame);
                    Assert.Equal(isOne ? new FrameInfo { Checksum = ChecksumState.Valid } : whole.PartialInfo(size), info);
                })
            .QuickCheckThrowOnFailure();

    [Theory]
    [MemberData(nameof(StrangerNames))]
    public void What_differs_is_not_joined(string name)
        => Assert.Equal([First.ToBytes(), Strangers[name].ToBytes()], Join(true, [First.ToBytes(), Strangers[name].ToBytes()]).Select(joined => joined.Frame));

    [Fact]
    public void Nothing_follows_PSH_or_a_shorter_segment()
    {
        foreach (var last in new[] { Next with { Flags = TcpFrame.Ack | TcpFrame.Psh }, Next with { Text = TcpFrame.Bytes(999) } })
        {
            var after = Next with { Sequence = Next.Sequence + (uint)last.Text.Length, Identification = 11, Text = TcpFrame.Bytes(10) };
            var joined = Join(true, [First.ToBytes(), last.ToBytes(), after.ToBytes()]);
            Assert.Equal([1000, 0], joined.Select(frame => (int)frame.Info.SegmentSize));
            Assert.Equal(after.ToBytes(), joined[1].Frame);
        }
    }

    [Fact]
    public void Padding_behind_a_packet_is_no_text()
    {
        var small = First with { Text = [1] };
        var next = Next with { Sequence = small.Sequence + 1, Text = [2] };
        var (frame, _) = Assert.Single(Join(true, [[.. small.ToBytes(), 9, 9, 9], [.. next.ToBytes(), 8]]));
        Assert.Equal((small with { Text = [1, 2] }).ToBytes(isPartial: true), frame);
    }

    [Fact]
    public void No_packet_is_larger_than_IP_allows()
    {
        var whole = First with { Text = TcpFrame.Bytes(65_000) };
        var more = (whole with { Sequence = whole.Sequence + 65_000, Identification = 74 }).Cut(1000).Select(frame => frame.ToBytes());
        var joined = Join(true, [.. SegmentCutterTests.Cut(whole.ToBytes(isPartial: true), true, 1000), .. more]);
        Assert.Equal(2, joined.Count);
        Assert.All(joined, frame => Assert.InRange(frame.Frame.Length - 14, 64_000, 65_535));
    }

    private static List<(byte[] Frame, FrameInfo Info)> Join(bool hasEthernet, IEnumerable<byte[]> frames)
    {
        var joiner = new SegmentJoiner(hasEthernet);
        var joined = new List<(byte[], FrameInfo)>();
        foreach (var frame in frames)
        {
            Assert.True(TcpPacket.TryParse(frame, hasEthernet, out var packet));
            Assert.True(packet.HasValidChecksums(frame));
            if (!SegmentJoiner.IsJoinable(frame, packet))
            {
                Take();
                joined.Add((frame, default));
            }
            else if (!joiner.TryAdd(frame, packet))
            {
                Take();
                joiner.Begin(frame, packet);
            }
        }

        Take();
        return joined;

        void Take()
        {
            if (joiner.Count > 0)
            {
                var info = joiner.End();
                joined.Add((joiner.Frame.ToArray(), info));
            }
        }
    }
}
