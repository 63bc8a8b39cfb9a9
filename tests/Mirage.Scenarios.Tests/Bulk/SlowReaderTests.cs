namespace Mirage.Scenarios.Tests;

/// <summary>A receiver that reads slower than data could come, and one whose news of room is lost.</summary>
public class SlowReaderTests
{
    private static readonly LinkOptions Fast = new() { Delay = TimeSpan.FromMilliseconds(10), Rate = 1_000_000_000 };

    [Theory]
    [InlineData(IpFamily.Ipv4)]
    [InlineData(IpFamily.Ipv6)]
    public void A_hundred_megabytes_to_a_slow_reader_take_as_long_as_it_reads_and_no_memory_but_the_buffers(IpFamily family) => Simulation.Run(1, async platform =>
    {
        const long Size = 100_000_000;
        var settings = new TcpSettings();
        var hosts = new Hosts<Cubic>(platform, new HostsOptions { Both = Fast, Tcp = settings, Family = family });

        // 16 KiB every 2 ms: 8 MB each second, which the link could bring in less than a tenth of the time.
        var period = TimeSpan.FromMilliseconds(2);
        var reading = new TaskCompletionSource();
        long most = 0, longest = 0;
        hosts.Listen(new Reader(16_384, Size, reading, async (received, waited) =>
        {
            longest = Math.Max(longest, waited);
            most = Math.Max(most, hosts.Client.Counters.BuffersInUse + hosts.Server.Counters.BuffersInUse);
            await platform.SleepAsync(period);
        }, platform));
        var flow = await hosts.ConnectAsync();
        var start = platform.Now;
        await flow.SendAsync(Pattern.Request, Size);
        await reading.Task;
        var (took, expected) = ((platform.Now - start).TotalSeconds, Size / 16_384.0 * period.TotalSeconds);
        Output.Write($"{took:0.000} s, of which reading takes {expected:0.000} s; at most {most} bytes in buffers; the longest wait {longest / 1e6:0.0} ms");
        Assert.InRange(took, expected, expected * 1.02);
        Assert.InRange(most, 1, settings.SendBuffer + settings.ReceiveBuffer + 131_072);
        (await flow.CloseAsync()).ThrowIfFailed();
        await hosts.ExpectNothingLeftAsync();
    });

    [Theory]
    [InlineData(IpFamily.Ipv4)]
    [InlineData(IpFamily.Ipv6)]
    public void A_lost_window_update_does_not_stop_a_transfer(IpFamily family) => Seeds.ForEach(seed => Simulation.Run(seed, async platform =>
    {
        const int Size = 1_000_000;
        var hosts = new Hosts<Cubic>(platform, new HostsOptions
        {
            Both = Fast with { Jitter = TimeSpan.FromMilliseconds(5) },
            Tcp = new TcpSettings { ReceiveBuffer = 50_000 },
            Family = family,
        });
        var reading = new TaskCompletionSource();
        var cuts = 0;
        hosts.Listen(new Reader(50_000, Size, reading, async (received, _) =>
        {
            if (cuts < 5 && received > Size * cuts / 5)
            {
                // The window closes meanwhile; then everything is read, while the link loses what is sent about it.
                cuts++;
                await platform.SleepAsync(TimeSpan.FromSeconds(3));
                hosts.Link.CutFor(TimeSpan.FromMilliseconds(30));
            }
        }, platform));
        var flow = await hosts.ConnectAsync();
        var start = platform.Now;
        await flow.SendAsync(Pattern.Request, Size);
        await reading.Task;
        Assert.Equal(5, cuts);
        Assert.True(hosts.Client.Counters.Tcp.WindowProbes >= 5);

        // Each closed window of three seconds costs no more than the next probe, which comes less than twice as late.
        Assert.InRange((platform.Now - start).TotalSeconds, 15, 15 + (5 * 4));
        (await flow.CloseAsync()).ThrowIfFailed();
        await hosts.ExpectNothingLeftAsync();
    }));

    private readonly struct Reader(int piece, long size, TaskCompletionSource done, Func<long, long, Task> between, SimulatedPlatform platform) : IFlowHandler
    {
        public async ValueTask HandleAsync<TFlow>(TFlow flow)
            where TFlow : struct, IFlow
        {
            try
            {
                var buffer = new byte[piece];
                long received = 0;
                while (true)
                {
                    var asked = platform.Now;
                    var count = (await flow.ReadAsync(buffer)).ThrowIfFailed();
                    if (count == 0)
                    {
                        break;
                    }

                    Assert.True(Pattern.Request.Matches(received, buffer.AsSpan(0, count)));
                    received += count;
                    await between(received, platform.Now.Nanoseconds - asked.Nanoseconds);
                }

                Assert.Equal(size, received);
                done.SetResult();
            }
            catch (Exception exception)
            {
                done.SetException(exception);
            }
        }
    }
}
