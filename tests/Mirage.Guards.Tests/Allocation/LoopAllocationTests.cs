using Mirage.Net.Virtual;

namespace Mirage.Guards.Tests.Allocation;

public class LoopAllocationTests
{
    [Fact]
    public void A_turn_of_the_host_s_loop_allocates_nothing()
    {
        using var loop = new HostLoop();
        Assert.Equal(0, Measure(loop, isBusy: true));
    }

    [Fact]
    public void A_sleep_of_the_host_s_loop_allocates_nothing()
    {
        using var loop = new HostLoop { Spin = TimeSpan.Zero };
        Assert.Equal(0, Measure(loop, isBusy: false));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_turn_of_the_simulated_loop_allocates_nothing(bool isBusy) => Assert.Equal(0, Measure(new SimulatedLoop(1), isBusy));

    private static long Measure(Loop loop, bool isBusy)
    {
        var meter = new AllocationMeter(warmUp: 200, end: 1000);
        loop.Run(() =>
        {
            var turns = new Turns(loop, meter, isBusy);
            loop.Attach(turns);
            return turns.Done;
        });
        return meter.Allocated;
    }

    private sealed class Turns(Loop loop, AllocationMeter meter, bool isBusy) : IPollable
    {
        private readonly TaskCompletionSource _done = new();

        public Task Done => _done.Task;

        public PollResult Poll(Instant now, int budget)
        {
            if (!meter.IsOver && !meter.Step())
            {
                _done.SetResult();
            }

            return new PollResult(isBusy, loop.Now + TimeSpan.FromMicroseconds(50));
        }
    }
}
