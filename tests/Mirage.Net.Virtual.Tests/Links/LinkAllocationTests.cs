using Mirage.Testing;

namespace Mirage.Net.Virtual.Tests;

/// <summary>Frames go through a link without allocating, whatever happens to them.</summary>
public class LinkAllocationTests
{
    [Fact]
    public void A_warm_link_allocates_nothing() => Simulation.Run(1, async platform =>
    {
        var options = new LinkOptions
        {
            Rate = 1_000_000_000,
            QueueFrames = 50,
            Delay = TimeSpan.FromMicroseconds(300),
            Jitter = TimeSpan.FromMicroseconds(50),
            Loss = 0.05,
            BurstLoss = new BurstLoss(0.01, 0.2),
            Duplication = 0.05,
            Reordering = 0.1,
            ReorderingDelay = TimeSpan.FromMicroseconds(500),
            Corruption = 0.05,
            TrailingBytes = 9,
            MaxInFlight = 60,
            Refusal = 0.1,
        };
        var network = new VirtualSwitch(platform.Loop);
        var (near, far) = (new Impaired<VirtualNetwork, SimulatedPlatform>(network.Connect(), platform, options, options), network.Connect());
        var traffic = new Traffic(near, far);
        platform.Attach(traffic);
        await traffic.Done;
        Assert.Equal(0, traffic.Allocated);
        Assert.All([near.OutboundCounters, near.InboundCounters], counters => Assert.True(counters is { Overflow: > 0, Delivered: > 20_000, Reordered: > 0, Corrupted: > 0 }));
    });

    private sealed class Traffic(Impaired<VirtualNetwork, SimulatedPlatform> near, VirtualNetwork far) : IPollable
    {
        private const int WarmUp = 10_000, End = 15_000, PerStep = 10;
        private const long Interval = 50_000;

        private readonly TaskCompletionSource _done = new();
        private readonly byte[] _there = Frames.Make(far.Mac, near.Mac, 200);
        private readonly byte[] _back = Frames.Make(near.Mac, far.Mac, 200);
        private int _step;
        private long _next;
        private long _before;

        public Task Done => _done.Task;

        public long Allocated { get; private set; } = -1;

        public PollResult Poll(Instant now, int budget)
        {
            var received = near.Receive(budget, default(Ignore)) + far.Receive(budget, default(Ignore));
            if (now.Nanoseconds >= _next && _step < End)
            {
                _next = now.Nanoseconds + Interval;
                Step();
                for (var i = 0; i < PerStep; i++)
                {
                    Send(near, _there);
                    Send(far, _back);
                }
            }

            return new PollResult(received > 0, _step < End ? new Instant(_next) : Instant.Never);
        }

        private static void Send<TNetwork>(TNetwork network, byte[] frame)
            where TNetwork : struct, INetwork
        {
            if (network.Rent(frame.Length, out var span) == LendStatus.Lent)
            {
                frame.CopyTo(span);
                _ = network.Send(frame.Length, default);
            }
        }

        private void Step()
        {
            if (++_step == WarmUp)
            {
                _before = GC.GetAllocatedBytesForCurrentThread();
            }
            else if (_step == End)
            {
                Allocated = GC.GetAllocatedBytesForCurrentThread() - _before;
                _done.SetResult();
            }
        }
    }

    private readonly struct Ignore : IFrameHandler
    {
        public void OnFrame(ReadOnlySpan<byte> frame, in FrameInfo info)
        {
        }
    }
}
