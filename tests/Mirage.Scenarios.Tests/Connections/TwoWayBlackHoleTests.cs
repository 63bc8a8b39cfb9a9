namespace Mirage.Scenarios.Tests;

/// <summary>Paths that drop large packets both ways without a word (RFC 2923), lose others too, change their order, and fail for a while.</summary>
public class TwoWayBlackHoleTests
{
    private static readonly LinkOptions Bad = new() { Delay = TimeSpan.FromMilliseconds(10), Rate = 8_000_000, Loss = 0.01, Reordering = 0.02 };
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    public static TheoryData<IpFamily, int, bool> Holes
        => [.. new[] { (IpFamily.Ipv4, 1400), (IpFamily.Ipv4, 900), (IpFamily.Ipv4, 576), (IpFamily.Ipv6, 1280) }
            .SelectMany(_ => new[] { false, true }, (path, plain) => (path.Item1, path.Item2, plain))];

    [Theory]
    [MemberData(nameof(Holes))]
    public void Bytes_flow_both_ways_and_go_on_flowing(IpFamily family, int mtu, bool plainOptions)
    {
        var stops = Seeds.ForEach(
            seed =>
            {
                var longest = TimeSpan.Zero;
                Simulation.Run(seed, async platform =>
                {
                    await using var transfer = await Transfer.Start(platform, new HostsOptions { Both = Bad with { Mtu = mtu }, Family = family, PlainOptions = plainOptions });
                    longest = await transfer.LongestStop(TimeSpan.FromMinutes(1));
                });
                return longest;
            },
            Seeds.FewCount);
        Output.Write($"the longest stops: {string.Join(", ", stops.OrderDescending().Take(5).Select(stop => $"{stop.TotalSeconds:0.0} s"))}");

        // Three time-outs for the full size, and one more for each smaller one that does not pass: from 200 ms, or, when the handshake's end was lost (RFC 6298 (5.7)), from 3 s.
        var limit = TimeSpan.FromSeconds(mtu >= 1100 ? 4 : 8);
        Assert.All(stops, stop => Assert.InRange(stop, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(50)));
        Assert.InRange(stops.Count(stop => stop <= limit), stops.Count * 3 / 4, stops.Count);
    }

    [Theory]
    [InlineData(1200, 1024)]
    [InlineData(900, 512)]
    public void After_an_outage_segments_are_soon_as_large_as_the_hole_lets_through(int mtu, int size) => Seeds.ForEach(
        seed => Simulation.Run(seed, async platform =>
        {
            var path = Bad with { Mtu = mtu, Loss = 0, Reordering = 0, QueueFrames = 50 };
            await using var transfer = await Transfer.Start(platform, new HostsOptions { Both = path });
            await platform.SleepAsync(TimeSpan.FromSeconds(30));
            Assert.Equal((size - 12, 1L), (transfer.SegmentSize, transfer.Hosts.Client.Counters.Tcp.BlackHoles));
            transfer.Hosts.Link.CutFor(TimeSpan.FromSeconds(20));
            await platform.SleepAsync(TimeSpan.FromSeconds(20));
            Assert.Equal(256 - 12, transfer.SegmentSize);
            var before = transfer.Received[0];
            while (transfer.Received[0] == before)
            {
                await platform.SleepAsync(Step);
            }

            await platform.SleepAsync(TimeSpan.FromSeconds(10));
            Assert.Equal((size - 12, 1L), (transfer.SegmentSize, transfer.Hosts.Client.Counters.Tcp.BlackHoles));

            // The path carries all again, which is found out when the time for it has come.
            var link = transfer.Hosts.Link;
            link.Inbound = link.Outbound = path with { Mtu = 0 };
            await platform.SleepAsync(TimeSpan.FromMinutes(11));
            Assert.Equal(1448, transfer.SegmentSize);
        }),
        count: 2);

    /// <summary>As many bytes as will go, both ways.</summary>
    private sealed class Transfer : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stopping = new();
        private TcpFlow _flow;
        private TcpControl _control;
        private Task _writing = Task.CompletedTask;
        private Task _reading = Task.CompletedTask;

        private Transfer(Hosts<Cubic> hosts) => Hosts = hosts;

        public Hosts<Cubic> Hosts { get; }

        /// <summary>How many bytes have come to the server and to the client.</summary>
        public long[] Received { get; } = [0, 0];

        /// <summary>Of the client's segments.</summary>
        public int SegmentSize => _control.GetStatistics().ThrowIfFailed().MaximumSegmentSize;

        public static async Task<Transfer> Start(SimulatedPlatform platform, HostsOptions options)
        {
            var transfer = new Transfer(new Hosts<Cubic>(platform, options));
            transfer.Hosts.Listen(new BothWays(transfer));
            transfer._flow = await transfer.Hosts.ConnectAsync();
            Assert.True(transfer._flow.TryGet(out transfer._control));
            transfer._writing = transfer.Write(transfer._flow);
            transfer._reading = transfer.Read(transfer._flow, 1);
            return transfer;
        }

        /// <summary>Looks on for a while.</summary>
        /// <returns>The longest time in which nothing came, one way or the other.</returns>
        public async Task<TimeSpan> LongestStop(TimeSpan time)
        {
            var platform = Hosts.Platform;
            var (start, longest) = (platform.Now, TimeSpan.Zero);
            var last = new[] { (At: start, Received: 0L), (At: start, Received: 0L) };
            while (platform.Now - start < time)
            {
                await platform.SleepAsync(Step);
                for (var i = 0; i < last.Length; i++)
                {
                    longest = platform.Now - last[i].At > longest ? platform.Now - last[i].At : longest;
                    last[i] = Received[i] == last[i].Received ? last[i] : (platform.Now, Received[i]);
                }
            }

            return longest;
        }

        public async ValueTask DisposeAsync()
        {
            await _stopping.CancelAsync();
            await _flow.AbortAsync();
            await _writing;
            await _reading;
            _stopping.Dispose();
        }

        private async Task Write<TFlow>(TFlow flow)
            where TFlow : struct, IFlow
        {
            var data = new byte[65_536];
            while (!_stopping.IsCancellationRequested && (await flow.WriteAsync(data)).IsDone)
            {
            }
        }

        private async Task Read<TFlow>(TFlow flow, int direction)
            where TFlow : struct, IFlow
        {
            var buffer = new byte[65_536];
            while ((await flow.ReadAsync(buffer)) is { HasData: true } read)
            {
                Received[direction] += read.Count;
            }
        }

        private readonly struct BothWays(Transfer transfer) : IFlowHandler
        {
            public async ValueTask HandleAsync<TFlow>(TFlow flow)
                where TFlow : struct, IFlow
            {
                var writing = transfer.Write(flow);
                await transfer.Read(flow, 0);
                await writing;
            }
        }
    }
}
