using Mirage.Testing;

namespace Mirage.Net.Virtual.Tests;

public class SimulationTests
{
    [Fact]
    public void A_program_that_waits_for_ever_is_told_of_once_with_the_time()
    {
        var failure = Assert.Throws<SimulationException>(() => Simulation.Run(42, async platform =>
        {
            await platform.SleepAsync(TimeSpan.FromSeconds(2));
            await new TaskCompletionSource().Task;
        }));

        Assert.StartsWith("seed 42, at 2.000000 s the program waits for something", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_runs_in_virtual_time_from_its_seed()
    {
        Assert.Equal((7UL, 3600.0), Simulation.Run(7, async platform =>
        {
            await platform.SleepAsync(TimeSpan.FromHours(1));
            return (platform.Loop.Seed, (platform.Now - new Instant(0)).TotalSeconds);
        }));
    }

    [Fact]
    public void A_failure_tells_the_seed_and_the_time()
    {
        var failure = Assert.Throws<SimulationException>(() => Simulation.Run(42, async platform =>
        {
            await platform.SleepAsync(TimeSpan.FromSeconds(1.5));
            throw new InvalidDataException("it is broken");
        }));
        Assert.Equal((42UL, new Instant(1_500_000_000)), (failure.Seed, failure.Now));
        Assert.Equal("seed 42, at 1.500000 s: it is broken", failure.Message);
        _ = Assert.IsType<InvalidDataException>(failure.InnerException);
    }

    [Fact]
    public void A_failure_that_nobody_awaits_fails_the_run()
    {
        var failure = Assert.Throws<SimulationException>(() => Simulation.Run(1, async platform =>
        {
            platform.Post(_ => throw new InvalidDataException("it is broken"), null);
            await platform.SleepAsync(TimeSpan.FromSeconds(1));
        }));
        Assert.Contains("posted work: it is broken", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_that_waits_for_ever_fails()
    {
        var failure = Assert.Throws<SimulationException>(() => Simulation.Run(1, _ => new TaskCompletionSource().Task));
        _ = Assert.IsType<LoopStalledException>(failure.InnerException);
    }

    [Fact]
    public void A_partition_keeps_frames_within_each_part() => Simulation.Run(1, platform =>
    {
        var network = new VirtualSwitch(platform.Loop);
        var devices = Enumerable.Range(0, 4).Select(_ => network.Connect()).ToArray();

        // The switch learns where all are.
        SendToAll();
        _ = Received();
        devices[2].Partition = devices[3].Partition = 1;
        SendToAll();
        Assert.Equal([1, 1, 1, 1], Received());
        SendToEach();
        Assert.Equal([1, 1, 1, 1], Received());
        devices[2].Partition = devices[3].Partition = 0;
        SendToAll();
        Assert.Equal([3, 3, 3, 3], Received());
        SendToEach();
        Assert.Equal([3, 3, 3, 3], Received());
        return Task.CompletedTask;

        void SendToAll()
        {
            foreach (var device in devices)
            {
                _ = Frames.Transmit(device, Frames.Make(MacAddress.Broadcast, device.Mac, 60));
            }
        }

        void SendToEach()
        {
            foreach (var (from, to) in devices.SelectMany(_ => devices, (from, to) => (from, to)))
            {
                if (from.Mac != to.Mac)
                {
                    _ = Frames.Transmit(from, Frames.Make(to.Mac, from.Mac, 60));
                }
            }
        }

        IEnumerable<int> Received() => [.. devices.Select(device => Frames.TakeAll(device).Count)];
    });
}
