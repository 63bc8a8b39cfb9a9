using System.Diagnostics;

namespace Mirage.Scenarios.Tests;

/// <summary>Many short connections: over a bad link, one after another, and at once.</summary>
public class ConnectionTests
{
    private static readonly LinkOptions Clean = new() { Delay = TimeSpan.FromMilliseconds(1) };

    // What a hundred attempts over a bad link need is patience.
    private static readonly TcpSettings Patient = new() { HandshakeLimit = TimeSpan.FromHours(1), RetransmissionLimit = TimeSpan.FromHours(1) };

    private static readonly string[] Links = ["small frames are lost", "frames have trailing bytes", "both"];

    public static TheoryData<IpFamily, string> Cases => [.. Enum.GetValues<IpFamily>().SelectMany(_ => Links, (family, link) => (family, link))];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_hundred_clients_are_greeted_one_after_another(IpFamily family, string link)
    {
        var lossy = Clean with { Loss = 0.1, LossMaxLength = 100 };
        var options = link switch
        {
            "small frames are lost" => lossy,
            "frames have trailing bytes" => Clean with { TrailingBytes = 9 },
            _ => lossy with { TrailingBytes = 9 },
        };
        Seeds.ForEach(seed => Simulation.Run(seed, async platform =>
        {
            var hosts = new Hosts<Cubic>(platform, new HostsOptions { Both = options, Tcp = Patient, Family = family });
            hosts.Listen(default(Greeting.Server));
            var buffer = new byte[1000];
            for (var i = 0; i < 100; i++)
            {
                await Greeting.ExpectAsync(hosts, buffer);
            }

            await hosts.Sleep(TimeSpan.FromHours(1));
            await hosts.ExpectNothingLeftAsync();
        }));
    }

    [Fact]
    public void Connections_to_one_endpoint_follow_each_other_65536_times()
    {
        const int Count = 65_536;
        var start = Stopwatch.GetTimestamp();
        Simulation.Run(1, async platform =>
        {
            var hosts = new Hosts<Cubic>(platform, new HostsOptions { Both = Clean });
            hosts.Listen(default(Greeting.Server));
            var buffer = new byte[1000];
            for (var i = 0; i < Count; i++)
            {
                await Greeting.ExpectAsync(hosts, buffer);
            }

            Output.Write($"in {platform.Now} of virtual time; {hosts.Server.Counters.Tcp.TimeWait} are in TIME-WAIT");
            Assert.Equal((Count, 0), (hosts.Server.Counters.Tcp.PassiveOpens, hosts.Client.Counters.Tcp.FailedOpens));
            await hosts.ExpectNothingLeftAsync();
        });
        Output.Write($"took {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s");
    }

    [Theory]
    [InlineData(IpFamily.Ipv4, false)]
    [InlineData(IpFamily.Ipv4, true)]
    [InlineData(IpFamily.Ipv6, false)]
    [InlineData(IpFamily.Ipv6, true)]
    public void Ten_thousand_connections_at_once_all_finish(IpFamily family, bool lossy)
    {
        const int Count = 10_000, Size = 10_000;
        var start = Stopwatch.GetTimestamp();
        Simulation.Run(1, async platform =>
        {
            var link = new LinkOptions { Delay = TimeSpan.FromMilliseconds(10), Rate = 1_000_000_000, QueueFrames = 100_000, Loss = lossy ? 0.01 : 0 };
            var hosts = new Hosts<Cubic>(platform, new HostsOptions { Both = link, Tcp = Patient, Family = family });
            hosts.Listen(new Exchange(Size), new TcpListenOptions { Backlog = Count });
            await Task.WhenAll(Enumerable.Range(0, Count).Select(_ => RunAsync()));
            Output.Write($"in {platform.Now} of virtual time");
            Assert.Equal(0, hosts.Client.Counters.Tcp.FailedOpens);
            await hosts.Sleep(TimeSpan.FromHours(1));
            await hosts.ExpectNothingLeftAsync();

            async Task RunAsync()
            {
                var flow = await hosts.ConnectAsync();
                await flow.ExchangeAsync(Pattern.Request, Pattern.Response, Size);
                (await flow.CloseAsync()).ThrowIfFailed();
            }
        });
        Output.Write($"took {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s");
    }

    private readonly struct Exchange(long size) : IFlowHandler
    {
        public async ValueTask HandleAsync<TFlow>(TFlow flow)
            where TFlow : struct, IFlow
            => await flow.ExchangeAsync(Pattern.Response, Pattern.Request, size);
    }
}
