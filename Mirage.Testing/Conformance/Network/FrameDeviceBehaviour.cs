#pragma warning disable CS1591 // the name of a test is its documentation

namespace Mirage.Testing;

/// <summary>What every <see cref="IFrameDevice"/> promises, whether it carries Ethernet frames or IP packets. A device's tests derive from <see cref="NetworkBehaviour{TNetwork}"/> or <see cref="PacketDeviceBehaviour{TDevice}"/>.</summary>
/// <typeparam name="TDevice">The device.</typeparam>
public abstract partial class FrameDeviceBehaviour<TDevice>
    where TDevice : struct, IFrameDevice
{
    private protected FrameDeviceBehaviour()
    {
    }

    // The largest frame that is not cut.
    private static int MaxLength(TDevice device) => device.Mtu + TDevice.LinkHeaderSize;

    /// <summary>Runs a test on the loop of two devices that are connected to each other and were made for it; what one sends has arrived at the other after <see cref="ArriveAsync"/>.</summary>
    /// <param name="test">The test, which gets the loop and the devices; it must have ended when this returns.</param>
    /// <param name="mtu">The MTU of both devices in bytes.</param>
    protected abstract void Connected(Func<Loop, TDevice, TDevice, Task> test, int mtu = 1500);

    /// <summary>The same for a test that needs no loop.</summary>
    /// <param name="test">The test.</param>
    /// <param name="mtu">The MTU of both devices in bytes.</param>
    protected void Connected(Func<TDevice, TDevice, Task> test, int mtu = 1500) => Connected((_, a, b) => test(a, b), mtu);

    /// <summary>Waits until the frames that were sent can be received.</summary>
    /// <returns>When they can.</returns>
    protected abstract Task ArriveAsync();

    /// <summary>Makes a frame.</summary>
    /// <param name="from">Its sender.</param>
    /// <param name="to">Its receiver.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="seed">Tells frames of one length apart.</param>
    private protected abstract byte[] Make(TDevice from, TDevice to, int length, byte seed = 0);

    private void Connected(Action<TDevice, TDevice> test, int mtu = 1500)
        => Connected(
            (a, b) =>
            {
                test(a, b);
                return Task.CompletedTask;
            },
            mtu);

    [Fact]
    public void A_frame_arrives_as_it_was_written()
        => Connected(async (a, b) =>
        {
            foreach (var length in new[] { TDevice.MinFrameLength, 60, 61, 1000, MaxLength(a) })
            {
                var frame = Make(a, b, length, (byte)length);
                Assert.Equal(SendStatus.Sent, Frames.Transmit(a, frame));
                await ArriveAsync();
                Assert.Equal(frame, Assert.Single(Frames.TakeAll(b)));
            }
        });

    [Fact]
    public void Frames_arrive_in_order_and_within_the_budget()
        => Connected(async (a, b) =>
        {
            for (byte i = 0; i < 10; i++)
            {
                _ = Frames.Transmit(a, Make(a, b, 100, i));
            }

            await ArriveAsync();
            var first = Frames.TakeAll(b, 3);
            Assert.Equal(3, first.Count);
            var all = first.Concat(Frames.TakeAll(b, 100)).ToList();
            Assert.Equal(Enumerable.Range(0, 10).Select(i => Make(a, b, 100, (byte)i)), all);
            Assert.Empty(Frames.TakeAll(b));
        });

    [Fact]
    public void Less_than_what_was_rented_may_be_sent()
        => Connected(async (a, b) =>
        {
            var frame = Make(a, b, 200);
            Assert.Equal(LendStatus.Lent, a.Rent(500, out var span));
            Assert.Equal(500, span.Length);
            frame.CopyTo(span);
            Assert.Equal(SendStatus.Sent, a.Send(200, default));
            await ArriveAsync();
            Assert.Equal(frame, Assert.Single(Frames.TakeAll(b)));
        });

    [Fact]
    public void Frames_go_both_ways()
        => Connected(async (a, b) =>
        {
            var (there, back) = (Make(a, b, 64, 1), Make(b, a, 64, 2));
            _ = Frames.Transmit(a, there);
            _ = Frames.Transmit(b, back);
            await ArriveAsync();
            Assert.Equal(there, Assert.Single(Frames.TakeAll(b)));
            Assert.Equal(back, Assert.Single(Frames.TakeAll(a)));
        });

    [Fact]
    public void Renting_twice_throws()
        => Connected((a, b) =>
        {
            Assert.Equal(LendStatus.Lent, a.Rent(TDevice.MinFrameLength, out var _));
            _ = Assert.Throws<InvalidOperationException>(() => a.Rent(TDevice.MinFrameLength, out var _));
            a.Return();
        });

    [Fact]
    public void A_frame_given_back_is_not_sent_and_another_can_be_rented()
        => Connected(async (a, b) =>
        {
            Assert.Equal(LendStatus.Lent, a.Rent(60, out _));
            a.Return();
            Assert.Equal(SendStatus.Sent, Frames.Transmit(a, Make(a, b, 60)));
            await ArriveAsync();
            _ = Assert.Single(Frames.TakeAll(b));
            Assert.Equal(1, a.Counters.SentFrames);
        });

    [Fact]
    public void Sending_or_giving_back_what_was_not_rented_throws()
        => Connected((a, b) =>
        {
            _ = Assert.Throws<InvalidOperationException>(() => a.Send(TDevice.MinFrameLength, default));
            _ = Assert.Throws<InvalidOperationException>(a.Return);
        });

    [Fact]
    public void Sending_a_length_out_of_range_throws_and_leaves_the_frame_lent()
        => Connected((a, b) =>
        {
            Assert.Equal(LendStatus.Lent, a.Rent(100, out var _));
            _ = Assert.Throws<ArgumentOutOfRangeException>(() => a.Send(101, default));
            _ = Assert.Throws<ArgumentOutOfRangeException>(() => a.Send(TDevice.MinFrameLength - 1, default));
            a.Return();
            _ = Assert.Throws<ArgumentOutOfRangeException>(() => a.Rent(TDevice.MinFrameLength - 1, out var _));
        });

    [Fact]
    public void A_frame_larger_than_the_MTU_is_not_lent()
        => Connected((a, b) =>
        {
            if ((TDevice.Offload & NetworkOffload.SendSegmentation) == 0)
            {
                Assert.Equal(LendStatus.TooLarge, a.Rent(MaxLength(a) + 1, out var frame));
                Assert.True(frame.IsEmpty);
            }

            Assert.Equal(LendStatus.Lent, a.Rent(MaxLength(a), out _));
            a.Return();
        });

    [Fact]
    public void What_is_not_offloaded_may_not_be_asked()
        => Connected((a, b) =>
        {
            if (TDevice.Offload == NetworkOffload.None)
            {
                Assert.Equal(LendStatus.Lent, a.Rent(60, out var _));
                _ = Assert.Throws<InvalidOperationException>(() => a.Send(60, new FrameInfo { Checksum = ChecksumState.Partial }));
                _ = Assert.Throws<InvalidOperationException>(() => a.Send(60, new FrameInfo { SegmentSize = 20 }));
                a.Return();
            }
        });

    [Fact]
    public void Replies_can_be_sent_from_the_handler()
        => Connected(async (a, b) =>
        {
            var (frame, reply) = (Make(a, b, 300, 9), Make(b, a, 200, 10));
            _ = Frames.Transmit(a, frame);
            await ArriveAsync();
            Assert.Equal(1, b.Receive(10, new Replying(b, frame, reply)));
            await ArriveAsync();
            Assert.Equal(reply, Assert.Single(Frames.TakeAll(a)));
        });

    [Fact]
    public void A_handler_that_receives_from_the_device_that_calls_it_is_refused()
        => Connected(async (a, b) =>
        {
            _ = Frames.Transmit(a, Make(a, b, 60));
            await ArriveAsync();
            _ = Assert.Throws<InvalidOperationException>(() => b.Receive(1, new Nested(b)));
            _ = Frames.Transmit(a, Make(a, b, 60, 1));
            await ArriveAsync();
            Assert.Equal(Make(a, b, 60, 1), Assert.Single(Frames.TakeAll(b)));
        });

    [Fact]
    public void Counters_count_frames_and_bytes()
        => Connected(async (a, b) =>
        {
            _ = Frames.Transmit(a, Make(a, b, 100));
            _ = Frames.Transmit(a, Make(a, b, 50));
            await ArriveAsync();
            _ = Frames.TakeAll(b);
            Assert.Equal(new NetworkCounters { SentFrames = 2, SentBytes = 150 }, a.Counters);
            Assert.Equal(new NetworkCounters { ReceivedFrames = 2, ReceivedBytes = 150 }, b.Counters);
        });

    [Fact]
    public void After_disconnecting_nothing_is_lent_or_received_and_doing_it_again_does_nothing()
        => Connected(async (a, b) =>
        {
            Assert.True(a.Failure.IsNone);
            _ = Frames.Transmit(b, Make(b, a, 60));
            await ArriveAsync();
            await a.DisconnectAsync();
            await a.DisconnectAsync();
            Assert.Equal(LendStatus.Disconnected, a.Rent(60, out var frame));
            Assert.True(frame.IsEmpty);
            Assert.Empty(Frames.TakeAll(a));
            Assert.Equal(ErrorKind.Disconnected, a.Failure.Kind);
        });

    [Fact]
    public void A_frame_lent_before_disconnecting_is_lost_and_counted()
        => Connected(async (a, b) =>
        {
            Assert.Equal(LendStatus.Lent, a.Rent(60, out var _));
            await a.DisconnectAsync();
            Assert.Equal(SendStatus.Failed, a.Send(60, default));
            Assert.Equal(1, a.Counters.SendDropped);
        });

    [Fact]
    public void Another_thread_is_refused_while_the_loop_runs()
        => Connected(async (a, b) =>
        {
            _ = Frames.Transmit(a, Make(a, b, 60));
            await ArriveAsync();
            Elsewhere(() => Assert.Throws<InvalidOperationException>(() => a.Rent(60, out _)));
            Elsewhere(() => Assert.Throws<InvalidOperationException>(() => b.Receive(1, new Frames.Keep([]))));
            _ = Assert.Single(Frames.TakeAll(b));
        });

    [Fact]
    public void The_default_value_names_nothing_and_says_so()
    {
        TDevice none = default;
        Assert.True(none.IsDefault);
        Connected((a, b) => Assert.False(a.IsDefault));
        var name = typeof(TDevice).Name.Split('`')[0];
        Assert.Contains(name, Assert.Throws<InvalidOperationException>(() => none.Mtu).Message, StringComparison.Ordinal);
        Assert.Contains(name, Assert.Throws<InvalidOperationException>(() => none.Rent(60, out _)).Message, StringComparison.Ordinal);
        Assert.Contains(name, Assert.Throws<InvalidOperationException>(() => none.Receive(1, new Frames.Keep([]))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sending_and_receiving_allocate_nothing()
        => Connected(async (a, b) =>
        {
            var frame = Make(a, b, 1000);
            var sum = new int[1];
            for (var i = 0; i < 300; i++)
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                _ = a.Rent(frame.Length, out var span);
                frame.CopyTo(span);
                _ = a.Send(frame.Length, default);
                var sent = GC.GetAllocatedBytesForCurrentThread() - before;
                await ArriveAsync();
                before = GC.GetAllocatedBytesForCurrentThread();
                _ = b.Receive(10, new Count(sum));
                var received = GC.GetAllocatedBytesForCurrentThread() - before;
                if (i >= 200)
                {
                    Assert.Equal((0, 0), (sent, received));
                }
            }

            Assert.Equal(300 * frame.Length, sum[0]);
        });

    private static void Elsewhere(Action action)
    {
        Exception? failure = null;
        var thread = new Thread(() => failure = Record.Exception(action));
        thread.Start();
        thread.Join();
        Assert.Null(failure);
    }

    private readonly struct Count(int[] bytes) : IFrameHandler
    {
        public void OnFrame(ReadOnlySpan<byte> frame, in FrameInfo info) => bytes[0] += frame.Length;
    }

    private readonly struct Nested(TDevice device) : IFrameHandler
    {
        public void OnFrame(ReadOnlySpan<byte> frame, in FrameInfo info) => _ = device.Receive(1, new Frames.Keep([]));
    }

    private readonly struct Replying(TDevice device, byte[] expected, byte[] reply) : IFrameHandler
    {
        public void OnFrame(ReadOnlySpan<byte> frame, in FrameInfo info)
        {
            Assert.Equal(expected, frame);
            Assert.Equal(LendStatus.Lent, device.Rent(reply.Length, out var span));
            reply.CopyTo(span);
            Assert.Equal(SendStatus.Sent, device.Send(reply.Length, default));
        }
    }
}
