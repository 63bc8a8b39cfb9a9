using Mirage.Testing;

namespace Mirage.Net.Virtual.Tests;

/// <summary>What happens to frames on a link: loss, bursts, duplication, corruption, trailing bytes, too small an MTU, cuts. The counters tell all of it.</summary>
public class LinkFaultTests
{
    private const int Many = 50_000;

    [Theory]
    [InlineData(0.01)]
    [InlineData(0.3)]
    [InlineData(1)]
    public void Frames_are_lost_at_random(double chance)
        => Link.Run(new LinkOptions { Loss = chance }, async link =>
        {
            await SendManyAsync(link);
            Assert.Equal(Many, link.Counters.Delivered + link.Counters.Lost);
            Assert.Equal(link.Counters.Delivered, link.Arrived.Count);
            Assert.InRange(link.Counters.Lost / (double)Many, chance * 0.8, chance * 1.2);
        });

    [Fact]
    public void Loss_may_concern_short_frames_only()
        => Link.Run(new LinkOptions { Loss = 1, LossMaxLength = 100 }, async link =>
        {
            link.Send(1, 100);
            link.Send(2, 101);
            await link.Sleep(1);
            Assert.Equal([2], link.Numbers);
        });

    [Fact]
    public void Bursts_of_loss_are_as_long_and_as_frequent_as_the_model_says()
        => Link.Run(new LinkOptions { BurstLoss = new BurstLoss(Enter: 0.02, Leave: 0.2) }, async link =>
        {
            await SendManyAsync(link);
            Assert.Equal(Many, link.Counters.Delivered + link.Counters.BurstLost);

            // The link is bad for 0.02 / 0.22 of the frames, and for 5 frames at a time.
            var bursts = link.Numbers.Zip(link.Numbers.Skip(1)).Count(pair => pair.Second != pair.First + 1);
            Assert.InRange(link.Counters.BurstLost / (double)Many, 0.08, 0.1);
            Assert.InRange(link.Counters.BurstLost / (double)bursts, 4.6, 5.4);
        });

    [Fact]
    public void Some_frames_come_twice()
        => Link.Run(new LinkOptions { Duplication = 0.1 }, async link =>
        {
            await SendManyAsync(link);
            Assert.Equal(Enumerable.Range(0, Many), link.Numbers.Distinct());
            Assert.Equal(link.Counters.Duplicated, link.Arrived.Count - Many);
            Assert.InRange(link.Counters.Duplicated, Many * 0.09, Many * 0.11);
        });

    [Fact]
    public void Some_frames_have_a_wrong_bit_after_their_Ethernet_header()
        => Link.Run(new LinkOptions { Corruption = 0.1 }, async link =>
        {
            await SendManyAsync(link);
            var damage = link.Arrived.Select((arrival, i) => Difference(arrival.Frame, Expected(link, i))).Where(difference => difference.Count > 0).ToArray();
            Assert.Equal(link.Counters.Corrupted, damage.Length);
            Assert.InRange(damage.Length, Many * 0.09, Many * 0.11);
            Assert.All(damage, difference => Assert.True(Assert.Single(difference) >= Frames.HeaderSize * 8));

            // Each bit has its turn.
            Assert.Equal(86 * 8, damage.Select(difference => difference[0]).Distinct().Count(), 86.0 * 8 * 0.1);
        });

    [Fact]
    public void Bytes_follow_some_frames()
        => Link.Run(new LinkOptions { TrailingBytes = 9 }, async link =>
        {
            await SendManyAsync(link);
            Assert.All(link.Arrived, (arrival, i) => Assert.Equal(Expected(link, i), arrival.Frame[..100]));
            var lengths = link.Arrived.GroupBy(arrival => arrival.Frame.Length - 100).OrderBy(group => group.Key).ToArray();
            Assert.Equal(Enumerable.Range(0, 10), lengths.Select(group => group.Key));
            Assert.All(lengths, group => Assert.InRange(group.Count(), Many * 0.08, Many * 0.12));
            Assert.Equal(link.Counters.Extended, Many - lengths[0].Count());
        });

    [Fact]
    public void Bytes_behind_a_sent_frame_do_not_make_it_too_large_for_the_device()
        => Link.Run(new LinkOptions { TrailingBytes = 9 }, async link =>
        {
            for (var i = 0; i < 100; i++)
            {
                link.Send(i, 1510);
            }

            await link.Sleep(1);
            Assert.Equal(100, link.Arrived.Count);
            Assert.Equal(link.IsInbound ? 1519 : 1514, link.Arrived.Max(arrival => arrival.Frame.Length));
        });

    [Fact]
    public void Frames_larger_than_the_links_MTU_vanish()
        => Link.Run(new LinkOptions { Mtu = 1000 }, async link =>
        {
            link.Send(1, 1014);
            link.Send(2, 1015);
            link.Send(3, 60);
            await link.Sleep(1);
            Assert.Equal([1, 3], link.Numbers);
            Assert.Equal(1, link.Counters.TooLarge);
        });

    [Fact]
    public void A_cut_link_carries_nothing_until_it_is_mended()
        => Link.Run(new LinkOptions { Delay = TimeSpan.FromMilliseconds(5) }, async link =>
        {
            link.Send(1);
            await link.Sleep(10);
            link.Send(2);
            await link.Sleep(1);
            link.Impaired.Cut();
            Assert.True(link.Impaired.IsCut);
            link.Send(3);
            await link.Sleep(3600_000);
            link.Send(4);
            link.Impaired.Mend();
            Assert.False(link.Impaired.IsCut);
            link.Send(5);
            await link.Sleep(10);

            // The second was under way, the fourth came to the link, which takes it from the device in the next turn when receiving.
            Assert.Equal(link.IsInbound ? [1, 4, 5] : [1, 5], link.Numbers);
            Assert.Equal(link.IsInbound ? 2 : 3, link.Counters.Cut);
        });

    [Fact]
    public void A_link_may_be_cut_for_a_time()
        => Link.Run(new LinkOptions(), async link =>
        {
            link.Impaired.CutFor(TimeSpan.FromMilliseconds(10));
            for (var i = 0; i < 20; i++)
            {
                link.Send(i);
                await link.Sleep(1);
            }

            Assert.Equal(Enumerable.Range(10, 10), link.Numbers);
        });

    [Fact]
    public void What_went_in_came_out_or_is_counted_as_lost()
        => Link.Run(
            new LinkOptions
            {
                Rate = 1_000_000_000,
                QueueFrames = 500,
                Delay = TimeSpan.FromMicroseconds(50),
                Jitter = TimeSpan.FromMicroseconds(50),
                Loss = 0.05,
                BurstLoss = new BurstLoss(0.01, 0.2, 0.5, 0.01),
                Duplication = 0.05,
                Reordering = 0.05,
                Corruption = 0.05,
                TrailingBytes = 9,
                MaxInFlight = 400,
                Mtu = 90,
            },
            async link =>
            {
                for (var i = 0; i < 1000; i++)
                {
                    for (var j = 0; j < i % 50; j++)
                    {
                        link.Send(i, 60 + j);
                    }

                    if (i == 500)
                    {
                        link.Impaired.CutFor(TimeSpan.FromMicroseconds(70));
                    }

                    await link.Sleep(0.01);
                }

                var counters = link.Counters;
                Assert.Equal(
                    counters.Frames + counters.Duplicated,
                    counters.Delivered + counters.InFlight + counters.Lost + counters.BurstLost + counters.QueueFull + counters.Overflow + counters.Cut
                        + counters.TooLarge + counters.Failed);
                Assert.All(
                    [counters.Lost, counters.BurstLost, counters.Overflow, counters.Cut, counters.TooLarge, counters.Duplicated, counters.Reordered, counters.Corrupted, counters.Extended],
                    count => Assert.True(count > 0));
                await link.Sleep(30);
                Assert.Equal(0, link.Counters.InFlight);
                Assert.Equal(link.Counters.Delivered, link.Arrived.Count);
            });

    [Fact]
    public void A_device_that_refuses_lends_nothing_and_wakes_the_loop() => Simulation.Run(1, async platform =>
    {
        var network = new VirtualSwitch(platform.Loop);
        var impaired = new Impaired<VirtualNetwork, SimulatedPlatform>(network.Connect(), platform, new LinkOptions { Refusal = 0.5 });
        var full = 0;
        for (var i = 0; i < 1000; i++)
        {
            if (impaired.Rent(60, out _) == LendStatus.Full)
            {
                full++;
            }
            else
            {
                impaired.Return();
            }

            await platform.SleepAsync(TimeSpan.Zero);
        }

        Assert.InRange(full, 400, 600);
        Assert.Equal(full, impaired.OutboundCounters.Refused);
    });

    [Fact]
    public void The_same_seed_does_the_same_and_another_does_not() => Simulation.Run(1, async platform =>
    {
        var network = new VirtualSwitch(platform.Loop);
        Assert.Equal(await RunAsync(1), await RunAsync(1));
        Assert.NotEqual(await RunAsync(1), await RunAsync(2));

        async Task<string> RunAsync(ulong seed)
        {
            var impaired = new Impaired<VirtualNetwork, SimulatedPlatform>(network.Connect(), platform, new LinkOptions { Loss = 0.5 }, null, seed);
            for (var i = 0; i < 1000; i++)
            {
                _ = Frames.Transmit(impaired, Frames.Make(MacAddress.Local(99), impaired.Mac, 60));
            }

            await platform.SleepAsync(TimeSpan.FromMilliseconds(1));
            return impaired.OutboundCounters.ToString();
        }
    });

    [Fact]
    public void Bad_options_are_refused() => Simulation.Run(1, platform =>
    {
        var device = new VirtualSwitch(platform.Loop).Connect();
        foreach (var options in new LinkOptions[]
        {
            new() { Rate = -1 }, new() { Loss = 1.01 }, new() { Loss = double.NaN }, new() { Corruption = -0.1 }, new() { Delay = TimeSpan.FromSeconds(-1) },
            new() { Jitter = TimeSpan.MaxValue }, new() { BurstLoss = new(2, 0) }, new() { MaxInFlight = 0 }, new() { TrailingBytes = -1 }, new() { QueueFrames = -1 },
        })
        {
            _ = Assert.Throws<ArgumentOutOfRangeException>(() => new Impaired<VirtualNetwork, SimulatedPlatform>(device, platform, options));
            _ = Assert.Throws<ArgumentOutOfRangeException>(() => new Impaired<VirtualNetwork, SimulatedPlatform>(device, platform, null, options));
        }

        var refused = Assert.Throws<ArgumentOutOfRangeException>(() => new Impaired<VirtualNetwork, SimulatedPlatform>(device, platform, new() { Loss = 5 }));
        Assert.StartsWith("Loss is a chance from 0 to 1", refused.Message, StringComparison.Ordinal);
        Assert.Equal("outbound.Loss", refused.ParamName);

        return Task.CompletedTask;
    });

    private static async Task SendManyAsync(Link link)
    {
        for (var i = 0; i < Many; i++)
        {
            link.Send(i);
            if (i % 100 == 0)
            {
                await link.Sleep(0.001);
            }
        }

        await link.Sleep(1);
    }

    private static byte[] Expected(Link link, int number)
    {
        var (to, from) = link.IsInbound ? (link.Impaired.Mac, link.Far.Mac) : (link.Far.Mac, link.Impaired.Mac);
        var frame = Frames.Make(to, from, 100);
        _ = BitConverter.TryWriteBytes(frame.AsSpan(Frames.HeaderSize), number);
        return frame;
    }

    private static List<int> Difference(byte[] left, byte[] right)
        => [.. Enumerable.Range(0, left.Length * 8).Where(bit => ((left[bit / 8] ^ right[bit / 8]) >> (bit % 8) & 1) != 0)];
}
