#pragma warning disable CS1591 // the name of a test is its documentation

namespace Mirage.Testing;

/// <summary>What every <see cref="IPacketDevice"/> promises. A device's tests derive from it and say how to get two that are connected.</summary>
/// <typeparam name="TDevice">The device.</typeparam>
public abstract class PacketDeviceBehaviour<TDevice>
    where TDevice : struct, IPacketDevice
{
    /// <summary>Runs a test on the loop of two devices connected to each other.</summary>
    protected abstract void Connected(Func<TDevice, TDevice, Task> test, int mtu = 1500);

    /// <summary>Waits until the packets that were sent can be received.</summary>
    /// <returns>When they can.</returns>
    protected abstract Task ArriveAsync();

    private void Connected(Action<TDevice, TDevice> test)
        => Connected((a, b) =>
        {
            test(a, b);
            return Task.CompletedTask;
        });

    [Fact]
    public void A_packet_of_either_version_arrives_as_it_was_written()
        => Connected(async (a, b) =>
        {
            foreach (var length in new[] { Packets.MinLength, 40, 41, 1000, a.Mtu })
            {
                var packet = Packets.Make(length, (byte)length, length % 2 == 0 ? (byte)4 : (byte)6);
                Assert.Equal(SendStatus.Sent, Packets.Transmit(a, packet));
                await ArriveAsync();
                Assert.Equal(packet, Assert.Single(Packets.TakeAll(b)));
            }
        });

    [Fact]
    public void Packets_arrive_in_order_and_within_the_budget()
        => Connected(async (a, b) =>
        {
            for (byte i = 0; i < 10; i++)
            {
                _ = Packets.Transmit(a, Packets.Make(100, i));
            }

            await ArriveAsync();
            var first = Packets.TakeAll(b, 3);
            Assert.Equal(3, first.Count);
            var all = first.Concat(Packets.TakeAll(b, 100)).ToList();
            Assert.Equal(Enumerable.Range(0, 10).Select(i => Packets.Make(100, (byte)i)), all);
            Assert.Empty(Packets.TakeAll(b));
        });

    [Fact]
    public void Less_than_what_was_rented_may_be_sent()
        => Connected(async (a, b) =>
        {
            var packet = Packets.Make(200);
            Assert.Equal(LendStatus.Lent, a.Rent(500, out var span));
            Assert.Equal(500, span.Length);
            packet.CopyTo(span);
            Assert.Equal(SendStatus.Sent, a.Send(200, default));
            await ArriveAsync();
            Assert.Equal(packet, Assert.Single(Packets.TakeAll(b)));
        });

    [Fact]
    public void Packets_go_both_ways()
        => Connected(async (a, b) =>
        {
            var (there, back) = (Packets.Make(64, 1), Packets.Make(64, 2));
            _ = Packets.Transmit(a, there);
            _ = Packets.Transmit(b, back);
            await ArriveAsync();
            Assert.Equal(there, Assert.Single(Packets.TakeAll(b)));
            Assert.Equal(back, Assert.Single(Packets.TakeAll(a)));
        });

    [Fact]
    public void Renting_twice_throws()
        => Connected((a, b) =>
        {
            Assert.Equal(LendStatus.Lent, a.Rent(40, out var _));
            _ = Assert.Throws<InvalidOperationException>(() => a.Rent(40, out var _));
            a.Return();
        });

    [Fact]
    public void A_packet_given_back_is_not_sent_and_another_can_be_rented()
        => Connected(async (a, b) =>
        {
            Assert.Equal(LendStatus.Lent, a.Rent(60, out _));
            a.Return();
            Assert.Equal(SendStatus.Sent, Packets.Transmit(a, Packets.Make(60)));
            await ArriveAsync();
            _ = Assert.Single(Packets.TakeAll(b));
            Assert.Equal(1, a.Counters.SentFrames);
        });

    [Fact]
    public void Sending_or_giving_back_what_was_not_rented_throws()
        => Connected((a, b) =>
        {
            _ = Assert.Throws<InvalidOperationException>(() => a.Send(40, default));
            _ = Assert.Throws<InvalidOperationException>(a.Return);
        });

    [Fact]
    public void Sending_a_length_out_of_range_throws_and_leaves_the_packet_lent()
        => Connected((a, b) =>
        {
            Assert.Equal(LendStatus.Lent, a.Rent(100, out var _));
            _ = Assert.Throws<ArgumentOutOfRangeException>(() => a.Send(101, default));
            _ = Assert.Throws<ArgumentOutOfRangeException>(() => a.Send(Packets.MinLength - 1, default));
            a.Return();
            _ = Assert.Throws<ArgumentOutOfRangeException>(() => a.Rent(Packets.MinLength - 1, out var _));
        });

    [Fact]
    public void A_packet_larger_than_the_MTU_is_not_lent()
        => Connected((a, b) =>
        {
            if ((TDevice.Offload & NetworkOffload.SendSegmentation) == 0)
            {
                Assert.Equal(LendStatus.TooLarge, a.Rent(a.Mtu + 1, out var packet));
                Assert.True(packet.IsEmpty);
            }

            Assert.Equal(LendStatus.Lent, a.Rent(a.Mtu, out _));
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
            var packet = Packets.Make(300, 9);
            _ = Packets.Transmit(a, packet);
            await ArriveAsync();
            Assert.Equal(1, b.Receive(10, new Echo(b)));
            await ArriveAsync();
            Assert.Equal(packet, Assert.Single(Packets.TakeAll(a)));
        });

    [Fact]
    public void A_handler_that_receives_from_the_device_that_calls_it_is_refused()
        => Connected(async (a, b) =>
        {
            _ = Packets.Transmit(a, Packets.Make(60));
            await ArriveAsync();
            _ = Assert.Throws<InvalidOperationException>(() => b.Receive(1, new Nested(b)));
            _ = Packets.Transmit(a, Packets.Make(60, 1));
            await ArriveAsync();
            Assert.Equal(Packets.Make(60, 1), Assert.Single(Packets.TakeAll(b)));
        });

    [Fact]
    public void Counters_count_packets_and_bytes()
        => Connected(async (a, b) =>
        {
            _ = Packets.Transmit(a, Packets.Make(100));
            _ = Packets.Transmit(a, Packets.Make(50));
            await ArriveAsync();
            _ = Packets.TakeAll(b);
            Assert.Equal(new NetworkCounters { SentFrames = 2, SentBytes = 150 }, a.Counters);
            Assert.Equal(new NetworkCounters { ReceivedFrames = 2, ReceivedBytes = 150 }, b.Counters);
        });

    [Fact]
    public void After_disconnecting_nothing_is_lent_or_received_and_doing_it_again_does_nothing()
        => Connected(async (a, b) =>
        {
            Assert.True(a.Failure.IsNone);
            _ = Packets.Transmit(b, Packets.Make(60));
            await ArriveAsync();
            await a.DisconnectAsync();
            await a.DisconnectAsync();
            Assert.Equal(LendStatus.Disconnected, a.Rent(60, out var packet));
            Assert.True(packet.IsEmpty);
            Assert.Empty(Packets.TakeAll(a));
            Assert.Equal(ErrorKind.Disconnected, a.Failure.Kind);
        });

    [Fact]
    public void A_packet_lent_before_disconnecting_is_lost_and_counted()
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
            _ = Packets.Transmit(a, Packets.Make(60));
            await ArriveAsync();
            Elsewhere(() => Assert.Throws<InvalidOperationException>(() => a.Rent(60, out _)));
            Elsewhere(() => Assert.Throws<InvalidOperationException>(() => b.Receive(1, new Packets.Keep([]))));
            _ = Assert.Single(Packets.TakeAll(b));
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
        Assert.Contains(name, Assert.Throws<InvalidOperationException>(() => none.Receive(1, new Packets.Keep([]))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sending_and_receiving_allocate_nothing()
        => Connected(async (a, b) =>
        {
            var packet = Packets.Make(1000);
            var sum = new int[1];
            for (var i = 0; i < 300; i++)
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                _ = a.Rent(packet.Length, out var span);
                packet.CopyTo(span);
                _ = a.Send(packet.Length, default);
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

            Assert.Equal(300 * packet.Length, sum[0]);
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
        public void OnFrame(ReadOnlySpan<byte> frame, in FrameInfo info) => _ = device.Receive(1, new Packets.Keep([]));
    }

    private readonly struct Echo(TDevice device) : IFrameHandler
    {
        public void OnFrame(ReadOnlySpan<byte> frame, in FrameInfo info)
        {
            Assert.Equal(LendStatus.Lent, device.Rent(frame.Length, out var reply));
            frame.CopyTo(reply);
            Assert.Equal(SendStatus.Sent, device.Send(frame.Length, default));
        }
    }
}
