namespace Mirage.Net.Virtual.Tests;

/// <summary>When frames come out of a link: rate, queue, delay, jitter, reordering. Every time is exact.</summary>
public class LinkTimeTests
{
    [Fact]
    public void Frames_leave_one_after_another_at_the_rate_and_arrive_after_the_delay()
        => Link.Run(new LinkOptions { Rate = 8_000_000, Delay = TimeSpan.FromMilliseconds(3) }, async link =>
        {
            // A byte takes a microsecond.
            link.Send(1, 100);
            link.Send(2, 1000);
            link.Send(3, 14);
            await link.Sleep(10);
            link.Send(4, 50);
            await link.Sleep(10);
            Assert.Equal([3_100_000, 4_100_000, 4_114_000, 13_050_000], link.Arrived.Select(arrival => arrival.At));
        });

    [Fact]
    public void What_a_frame_takes_beyond_whole_nanoseconds_is_not_forgotten()
        => Link.Run(new LinkOptions { Rate = 3_000_000_000, Overhead = 24, QueueFrames = 3000 }, async link =>
        {
            // (14 + 24) × 8 bits take 101 1/3 ns.
            for (var i = 0; i < 3000; i++)
            {
                link.Send(i, 14);
            }

            await link.Sleep(1);
            Assert.Equal([101, 202, 304], link.Arrived.Take(3).Select(arrival => arrival.At));
            Assert.Equal(304_000, link.Arrived[^1].At);
        }, 1500);

    [Fact]
    public void Frames_that_find_the_queue_full_are_lost()
        => Link.Run(new LinkOptions { Rate = 8_000_000, QueueFrames = 3 }, async link =>
        {
            for (var i = 0; i < 10; i++)
            {
                link.Send(i, 1000);
            }

            // One is leaving and three wait; after two milliseconds two of these have left the queue.
            await link.Sleep(2);
            for (var i = 10; i < 15; i++)
            {
                link.Send(i, 1000);
            }

            await link.Sleep(10);
            Assert.Equal([0, 1, 2, 3, 10, 11], link.Numbers);
            Assert.Equal((9, 3000), (link.Counters.QueueFull, link.Counters.LongestQueue));
        });

    [Fact]
    public void The_queue_may_be_bounded_in_bytes()
        => Link.Run(new LinkOptions { Rate = 8_000_000, QueueBytes = 2500 }, async link =>
        {
            for (var i = 0; i < 5; i++)
            {
                link.Send(i, 1000);
            }

            link.Send(5, 500);
            await link.Sleep(10);
            Assert.Equal([0, 1, 2, 5], link.Numbers);
        });

    [Fact]
    public void Jitter_delays_and_does_not_reorder()
        => Link.Run(new LinkOptions { Delay = TimeSpan.FromMilliseconds(1), Jitter = TimeSpan.FromMilliseconds(2) }, async link =>
        {
            for (var i = 0; i < 1000; i++)
            {
                link.Send(i);
                await link.Sleep(10);
            }

            for (var i = 1000; i < 1100; i++)
            {
                link.Send(i);
            }

            await link.Sleep(10);
            Assert.Equal(Enumerable.Range(0, 1100), link.Numbers);
            var times = link.Arrived.Take(1000).Select((arrival, i) => arrival.At - (i * 10_000_000L)).ToArray();
            Assert.All(times, time => Assert.InRange(time, 1_000_000, 3_000_000));
            Assert.InRange(times.Average(), 1_950_000, 2_050_000);
        });

    [Fact]
    public void A_frame_that_is_held_back_is_overtaken()
        => Link.Run(new LinkOptions { Delay = TimeSpan.FromMilliseconds(1), Reordering = 0.1, ReorderingDelay = TimeSpan.FromMilliseconds(5) }, async link =>
        {
            for (var i = 0; i < 1000; i++)
            {
                link.Send(i);
                await link.Sleep(1);
            }

            await link.Sleep(10);
            Assert.Equal(Enumerable.Range(0, 1000), link.Numbers.Order());
            var late = link.Numbers.Zip(link.Arrived).Count(pair => pair.Second.At != (pair.First * 1_000_000L) + 1_000_000);
            Assert.Equal(link.Counters.Reordered, late);
            Assert.InRange(late, 70, 130);
            Assert.NotEqual(link.Numbers.Order(), link.Numbers);
        });

    [Fact]
    public void A_shorter_delay_does_not_let_frames_overtake()
        => Link.Run(new LinkOptions { Delay = TimeSpan.FromMilliseconds(50) }, async link =>
        {
            link.Send(1);
            Change(link, new LinkOptions());
            link.Send(2);
            await link.Sleep(60);
            link.Send(3);
            await link.Sleep(1);
            Assert.Equal([(50_000_000, 1), (50_000_000, 2), (60_000_000, 3)], link.Arrived.Select(arrival => arrival.At).Zip(link.Numbers));
        });

    [Fact]
    public void No_more_are_under_way_than_may_be()
        => Link.Run(new LinkOptions { Delay = TimeSpan.FromMilliseconds(50), MaxInFlight = 10 }, async link =>
        {
            for (var i = 0; i < 15; i++)
            {
                link.Send(i);
            }

            await link.Sleep(1);
            Assert.Equal((10, 5), (link.Counters.InFlight, link.Counters.Overflow));
            await link.Sleep(60);
            Assert.Equal(Enumerable.Range(0, 10), link.Numbers);
        });

    private static void Change(Link link, LinkOptions options)
    {
        var impaired = link.Impaired;
        if (link.IsInbound)
        {
            // What was sent must first have come to the device.
            _ = impaired.Receive(1, default(Nothing));
            impaired.Inbound = options;
        }
        else
        {
            impaired.Outbound = options;
        }
    }

    private readonly struct Nothing : IFrameHandler
    {
        public void OnFrame(ReadOnlySpan<byte> frame, in FrameInfo info) => Assert.Fail("nothing is due");
    }
}
