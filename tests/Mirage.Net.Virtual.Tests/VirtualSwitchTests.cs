using Mirage.Testing;

namespace Mirage.Net.Virtual.Tests;

public sealed class VirtualSwitchTests
{
    private static readonly MacAddress Group = MacAddress.Parse("01:00:5e:00:00:01");

    private readonly SimulatedLoop _loop = new(1);

    [Fact]
    public void A_frame_to_a_known_address_goes_to_its_port_alone()
    {
        var network = new VirtualSwitch(_loop);
        var (a, b, c) = (network.Connect(), network.Connect(), network.Connect());
        _ = Frames.Transmit(b, Frames.Make(a.Mac, b.Mac, 60));
        _ = (Frames.TakeAll(a), Frames.TakeAll(c));
        _ = Frames.Transmit(a, Frames.Make(b.Mac, a.Mac, 60));
        _ = Assert.Single(Frames.TakeAll(b));
        Assert.Empty(Frames.TakeAll(c));
        Assert.Equal(new SwitchCounters { Forwarded = 1, Flooded = 1, KnownAddresses = 2 }, network.Counters);
    }

    [Fact]
    public void Unknown_group_and_broadcast_destinations_go_to_every_other_port()
    {
        var network = new VirtualSwitch(_loop);
        var (a, b, c) = (network.Connect(), network.Connect(), network.Connect());
        foreach (var destination in new[] { MacAddress.Local(99), Group, MacAddress.Broadcast })
        {
            var frame = Frames.Make(destination, a.Mac, 1000, 5);
            _ = Frames.Transmit(a, frame);
            Assert.Equal(frame, Assert.Single(Frames.TakeAll(b)));
            Assert.Equal(frame, Assert.Single(Frames.TakeAll(c)));
            Assert.Empty(Frames.TakeAll(a));
        }

        Assert.Equal(3, network.Counters.Flooded);
    }

    [Fact]
    public void Copies_of_a_flooded_frame_are_independent()
    {
        var network = new VirtualSwitch(_loop);
        var ports = Enumerable.Range(0, 5).Select(_ => network.Connect()).ToList();
        for (byte i = 0; i < 20; i++)
        {
            _ = Frames.Transmit(ports[i % 5], Frames.Make(MacAddress.Broadcast, ports[i % 5].Mac, 100, i));
        }

        foreach (var (port, index) in ports.Select((port, index) => (port, index)))
        {
            var expected = Enumerable.Range(0, 20).Where(i => i % 5 != index).Select(i => Frames.Make(MacAddress.Broadcast, ports[i % 5].Mac, 100, (byte)i));
            Assert.Equal(expected, Frames.TakeAll(port));
        }
    }

    [Fact]
    public void An_address_that_speaks_elsewhere_has_moved()
    {
        var network = new VirtualSwitch(_loop);
        var (a, b, c) = (network.Connect(), network.Connect(), network.Connect());
        var moving = MacAddress.Local(77);
        _ = Frames.Transmit(b, Frames.Make(a.Mac, moving, 60));
        _ = Frames.Transmit(c, Frames.Make(a.Mac, moving, 60));
        _ = (Frames.TakeAll(b), Frames.TakeAll(c));
        _ = Frames.Transmit(a, Frames.Make(moving, a.Mac, 60));
        Assert.Empty(Frames.TakeAll(b));
        _ = Assert.Single(Frames.TakeAll(c));
    }

    [Fact]
    public void A_frame_to_an_address_at_its_own_port_goes_nowhere()
    {
        var network = new VirtualSwitch(_loop);
        var (a, b) = (network.Connect(), network.Connect());
        _ = Frames.Transmit(a, Frames.Make(a.Mac, a.Mac, 60));
        Assert.Equal((0, 0), (Frames.TakeAll(a).Count, Frames.TakeAll(b).Count));
        Assert.Equal(1, network.Counters.Filtered);
    }

    [Fact]
    public void Group_addresses_are_not_learned_as_sources()
    {
        var network = new VirtualSwitch(_loop);
        var (a, b) = (network.Connect(), network.Connect());
        _ = Frames.Transmit(a, Frames.Make(b.Mac, Group, 60));
        _ = Frames.Transmit(a, Frames.Make(b.Mac, default, 60));
        Assert.Equal(0, network.Counters.KnownAddresses);
        _ = Frames.TakeAll(b);
        _ = Frames.Transmit(b, Frames.Make(Group, b.Mac, 60));
        _ = Assert.Single(Frames.TakeAll(a));
    }

    [Fact]
    public void A_full_receive_queue_drops_and_counts()
    {
        var network = new VirtualSwitch(_loop, new VirtualSwitchOptions { QueueLength = 4 });
        var (a, b) = (network.Connect(), network.Connect());
        for (byte i = 0; i < 6; i++)
        {
            Assert.Equal(SendStatus.Sent, Frames.Transmit(a, Frames.Make(b.Mac, a.Mac, 60, i)));
        }

        Assert.Equal(Enumerable.Range(0, 4).Select(i => Frames.Make(b.Mac, a.Mac, 60, (byte)i)), Frames.TakeAll(b));
        Assert.Equal(2, b.Counters.ReceiveDropped);
        Assert.Equal(2, network.Counters.QueueFull);
    }

    [Fact]
    public void A_frame_larger_than_the_receivers_MTU_is_dropped_and_counted()
    {
        var network = new VirtualSwitch(_loop);
        var (large, small) = (network.Connect(9000), network.Connect(1500));
        _ = Frames.Transmit(large, Frames.Make(small.Mac, large.Mac, 1515));
        _ = Frames.Transmit(large, Frames.Make(small.Mac, large.Mac, 1514));
        Assert.Equal(1514, Assert.Single(Frames.TakeAll(small)).Length);
        Assert.Equal((1, 1), (small.Counters.ReceiveDropped, network.Counters.TooLarge));
    }

    [Fact]
    public void The_largest_MTU_is_65535()
    {
        var network = new VirtualSwitch(_loop);
        var (a, b) = (network.Connect(VirtualSwitch.MaxMtu), network.Connect(VirtualSwitch.MaxMtu));
        var frame = Frames.Make(b.Mac, a.Mac, 65_549);
        _ = Frames.Transmit(a, frame);
        Assert.Equal(frame, Assert.Single(Frames.TakeAll(b)));
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => network.Connect(VirtualSwitch.MaxMtu + 1));
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => network.Connect(0));
        _ = Assert.Throws<ArgumentException>(() => network.Connect(Group));
    }

    [Fact]
    public void A_flood_of_invented_sources_stays_within_the_table()
    {
        var network = new VirtualSwitch(_loop, new VirtualSwitchOptions { MacTableSize = 8 });
        var (a, b) = (network.Connect(), network.Connect());
        for (ulong i = 1; i <= 1000; i++)
        {
            _ = Frames.Transmit(a, Frames.Make(b.Mac, MacAddress.Local(1000 + i), 60));
            _ = Frames.TakeAll(b);
        }

        var counters = network.Counters;
        Assert.InRange(counters.KnownAddresses, 4, 8);
        Assert.Equal(1000, counters.KnownAddresses + counters.Evictions);
        _ = Frames.Transmit(b, Frames.Make(a.Mac, b.Mac, 60));
        _ = Assert.Single(Frames.TakeAll(a));
    }

    [Fact]
    public async Task A_disconnected_port_is_forgotten()
    {
        var network = new VirtualSwitch(_loop);
        var (a, b, c) = (network.Connect(), network.Connect(), network.Connect());
        _ = Frames.Transmit(b, Frames.Make(a.Mac, b.Mac, 60));
        _ = Frames.TakeAll(c);
        await b.DisconnectAsync();
        Assert.Equal((2, 0), (network.Ports, network.Counters.KnownAddresses));
        _ = Frames.Transmit(a, Frames.Make(b.Mac, a.Mac, 60));
        _ = Assert.Single(Frames.TakeAll(c));
        Assert.Empty(Frames.TakeAll(b));
    }

    [Fact]
    public void A_handler_that_receives_from_its_device_gets_an_exception()
    {
        var network = new VirtualSwitch(_loop);
        var (a, b) = (network.Connect(), network.Connect());
        _ = Frames.Transmit(a, Frames.Make(b.Mac, a.Mac, 60));
        _ = Assert.Throws<InvalidOperationException>(() => b.Receive(1, new Nested(b)));
        _ = Frames.Transmit(a, Frames.Make(b.Mac, a.Mac, 60));
        _ = Assert.Single(Frames.TakeAll(b));
    }

    [Fact]
    public void A_frame_wakes_the_loop_whose_stack_was_polled_before()
    {
        var network = new VirtualSwitch(_loop);
        var (a, b) = (network.Connect(), network.Connect());
        var received = new TaskCompletionSource<int>();
        _loop.Attach(new Receiver(b, received));
        _loop.Attach(new SenderOnce(a, Frames.Make(b.Mac, a.Mac, 60)));
        Assert.Equal(1, _loop.Run(() => received.Task));
    }

    private readonly struct Nested(VirtualNetwork network) : IFrameHandler
    {
        public void OnFrame(ReadOnlySpan<byte> frame, in FrameInfo info) => _ = network.Receive(1, this);
    }

    // Neither says that it is busy: only the device's own wake-up brings the loop to a second turn.
    private sealed class Receiver(VirtualNetwork network, TaskCompletionSource<int> received) : IPollable
    {
        public PollResult Poll(Instant now, int budget)
        {
            var count = network.Receive(budget, new Frames.Keep([]));
            if (count > 0)
            {
                received.SetResult(count);
            }

            return new PollResult(false, Instant.Never);
        }
    }

    private sealed class SenderOnce(VirtualNetwork network, byte[] frame) : IPollable
    {
        private int _polls;

        public PollResult Poll(Instant now, int budget)
        {
            // By the end of its first turn the loop is about to sleep.
            if (++_polls == 1)
            {
                _ = Frames.Transmit(network, frame);
            }

            return new PollResult(false, Instant.Never);
        }
    }
}
