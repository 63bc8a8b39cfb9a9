using Mirage.Testing;
using BadLink = Mirage.Net.Virtual.Impaired<Mirage.Net.Virtual.VirtualNetwork, Mirage.Net.Virtual.SimulatedPlatform>;
using OffloadingNetwork = Mirage.Net.Virtual.Offloading<Mirage.Net.Virtual.VirtualNetwork>;

namespace Mirage.Net.Virtual.Tests;

public sealed class OffloadingTests : NetworkBehaviour<OffloadingNetwork>
{
    private const int Size = 1000;

    private static readonly TcpFrame Whole = new() { Text = TcpFrame.Bytes(20_500), Flags = TcpFrame.Ack | TcpFrame.Psh };

    private static readonly List<byte[]> Segments = [.. Whole.Cut(Size).Select(frame => frame.ToBytes())];

    [Fact]
    public void A_frame_larger_than_the_MTU_arrives_as_segments_at_a_device_that_joins_none()
        => WithPlain((offloading, plain) =>
        {
            Assert.Equal(SendStatus.Sent, Frames.Transmit(offloading, Whole.ToBytes(isPartial: true), Whole.PartialInfo(Size)));
            Assert.Equal(Segments, Frames.TakeAll(plain));
            Assert.Equal(new OffloadCounters { FramesCut = 1, SegmentsCut = 21 }, offloading.Offloaded);
            Assert.Equal(21, offloading.Counters.SentFrames);
        });

    [Fact]
    public void Segments_that_wait_are_delivered_as_one_frame()
        => WithPlain((offloading, plain) =>
        {
            Segments.ForEach(segment => Assert.Equal(SendStatus.Sent, Frames.Transmit(plain, segment)));
            var (frame, info) = Assert.Single(Take(offloading));
            Assert.Equal(Whole.ToBytes(isPartial: true), frame);
            Assert.Equal(Whole.PartialInfo(Size), info);
            Assert.Equal(new OffloadCounters { ChecksumsVerified = 21, FramesJoined = 1, SegmentsJoined = 21 }, offloading.Offloaded);
        });

    [Fact]
    public void A_partial_checksum_is_completed()
        => WithPlain((offloading, plain) =>
        {
            var small = Whole with { Text = TcpFrame.Bytes(99) };
            Assert.Equal(SendStatus.Sent, Frames.Transmit(offloading, small.ToBytes(isPartial: true), small.PartialInfo(0)));
            Assert.Equal(small.ToBytes(), Assert.Single(Frames.TakeAll(plain)));
            Assert.Equal(1, offloading.Offloaded.ChecksumsCompleted);
        });

    [Fact]
    public void Frames_stay_in_order()
        => WithPlain((offloading, plain) =>
        {
            var other = Frames.Make(offloading.Mac, plain.Mac, 100);
            byte[][] sent = [Segments[0], Segments[1], other, Segments[2], Segments[4], Segments[5]];
            Array.ForEach(sent, frame => Assert.Equal(SendStatus.Sent, Frames.Transmit(plain, frame)));
            var received = Take(offloading);
            Assert.Equal([Size, 0, 0, Size], received.Select(frame => (int)frame.Info.SegmentSize));
            Assert.Equal([ChecksumState.Partial, ChecksumState.Complete, ChecksumState.Valid, ChecksumState.Partial], received.Select(frame => frame.Info.Checksum));
            Assert.Equal([other, Segments[2]], received[1..3].Select(frame => frame.Frame));
        });

    [Fact]
    public void What_is_damaged_is_delivered_as_it_is_and_not_called_valid()
        => WithPlain((offloading, plain) =>
        {
            byte[] damaged = [.. Segments[1]];
            damaged[200] ^= 1;
            byte[][] sent = [Segments[0], damaged, Segments[2]];
            Array.ForEach(sent, frame => Assert.Equal(SendStatus.Sent, Frames.Transmit(plain, frame)));
            var received = Take(offloading);
            Assert.Equal(sent, received.Select(frame => frame.Frame));
            Assert.Equal([ChecksumState.Valid, ChecksumState.Complete, ChecksumState.Valid], received.Select(frame => frame.Info.Checksum));
        });

    [Fact]
    public void What_a_full_device_has_no_room_for_leaves_later_once_and_in_order()
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            var loop = new SimulatedLoop(seed);
            var platform = new SimulatedPlatform(loop);
            var network = new VirtualSwitch(loop);
            var plain = network.Connect();
            var offloading = new Offloading<BadLink>(new BadLink(network.Connect(), platform, outbound: new LinkOptions { Refusal = 0.5 }));
            loop.Run(async () =>
            {
                var received = new List<byte[]>();
                for (var round = 0; round < 3; round++)
                {
                    while (offloading.Rent(Whole.ToBytes().Length, out var frame) != LendStatus.Lent || !TrySend(frame))
                    {
                        await platform.SleepAsync(TimeSpan.FromMilliseconds(1));
                    }
                }

                for (var turn = 0; turn < 1000 && received.Count < 3 * Segments.Count; turn++)
                {
                    await platform.SleepAsync(TimeSpan.FromMilliseconds(1));
                    Assert.Empty(Take(offloading));
                    received.AddRange(Frames.TakeAll(plain));
                }

                Assert.Equal([.. Segments, .. Segments, .. Segments], received);
                Assert.Equal(3, offloading.Offloaded.FramesCut);
            });

            bool TrySend(Span<byte> frame)
            {
                Whole.ToBytes(isPartial: true).CopyTo(frame);
                return offloading.Send(frame.Length, Whole.PartialInfo(Size)) == SendStatus.Sent;
            }
        }
    }

    [Fact]
    public void A_large_frame_without_a_segment_size_throws_and_stays_lent()
        => WithPlain((offloading, plain) =>
        {
            Assert.Equal(LendStatus.Lent, offloading.Rent(2000, out _));
            _ = Assert.Throws<InvalidOperationException>(() => offloading.Send(2000, default));
            offloading.Return();
            Assert.Equal(LendStatus.TooLarge, offloading.Rent(65_535 + 18 + 1, out _));
        });

    [Fact]
    public void What_cannot_be_cut_is_lost_and_counted()
        => WithPlain((offloading, plain) =>
        {
            Assert.Equal(SendStatus.Failed, Frames.Transmit(offloading, Frames.Make(plain.Mac, offloading.Mac, 3000), new FrameInfo { SegmentSize = 100 }));
            Assert.Equal(1, offloading.Counters.SendDropped);

            // Segments that are larger than the device's MTU.
            var large = Whole with { Text = TcpFrame.Bytes(20_000) };
            Assert.Equal(SendStatus.Failed, Frames.Transmit(offloading, large.ToBytes(isPartial: true), large.PartialInfo(2000)));
            Assert.Empty(Frames.TakeAll(plain));
        });

    [Fact]
    public void A_capture_has_whole_frames_with_checksums()
    {
        using var stream = new MemoryStream();
        var loop = new SimulatedLoop(1);
        var platform = new SimulatedPlatform(loop);
        var network = new VirtualSwitch(loop);
        var plain = network.Connect();
        var captured = new Captured<OffloadingNetwork, SimulatedPlatform>(new(network.Connect()), platform, new PcapngWriter(stream), "x");
        loop.Run(() =>
        {
            Assert.Equal(SendStatus.Sent, Frames.Transmit(captured, Whole.ToBytes(isPartial: true), Whole.PartialInfo(Size)));
            var back = Whole with { SourcePort = 9 };
            foreach (var segment in back.Cut(Size))
            {
                Assert.Equal(SendStatus.Sent, Frames.Transmit(plain, segment.ToBytes()));
            }

            _ = Assert.Single(Take(captured));
            captured.Flush();
            Assert.True(stream.ToArray().AsSpan().IndexOf(Whole.ToBytes()) > 0);
            Assert.True(stream.ToArray().AsSpan().IndexOf(back.ToBytes()) > 0);
            return Task.CompletedTask;
        });
    }

    [Fact]
    public void Cutting_and_joining_allocate_nothing()
        => Connected(
            (a, b) =>
            {
                var (frame, info) = (Whole.ToBytes(isPartial: true), Whole.PartialInfo(Size));
                var lengths = new int[1];
                long before = 0;
                for (var i = 0; i < 200; i++)
                {
                    before = i == 100 ? GC.GetAllocatedBytesForCurrentThread() : before;
                    _ = a.Rent(frame.Length, out var span);
                    frame.CopyTo(span);
                    _ = a.Send(frame.Length, info);
                    _ = b.Receive(100, new Count(lengths));
                }

                Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
                Assert.Equal(200 * frame.Length, lengths[0]);
                return Task.CompletedTask;
            });

    protected override void Connected(Func<Loop, OffloadingNetwork, OffloadingNetwork, Task> test, int mtu = 1500)
    {
        var loop = new SimulatedLoop(1);
        var network = new VirtualSwitch(loop);
        loop.Run(() => test(loop, new(network.Connect(mtu)), new(network.Connect(mtu))));
    }

    protected override Task ArriveAsync() => Task.CompletedTask;

    private static void WithPlain(Action<OffloadingNetwork, VirtualNetwork> test)
    {
        var loop = new SimulatedLoop(1);
        var network = new VirtualSwitch(loop);
        loop.Run(() =>
        {
            test(new(network.Connect()), network.Connect());
            return Task.CompletedTask;
        });
    }

    private static List<(byte[] Frame, FrameInfo Info)> Take<TNetwork>(TNetwork network)
        where TNetwork : struct, INetwork
    {
        var frames = new List<(byte[], FrameInfo)>();
        _ = network.Receive(100, new Keep(frames));
        return frames;
    }

    private readonly struct Keep(List<(byte[] Frame, FrameInfo Info)> frames) : IFrameHandler
    {
        public void OnFrame(ReadOnlySpan<byte> frame, in FrameInfo info) => frames.Add((frame.ToArray(), info));
    }

    private readonly struct Count(int[] lengths) : IFrameHandler
    {
        public void OnFrame(ReadOnlySpan<byte> frame, in FrameInfo info) => lengths[0] += frame.Length;
    }
}
