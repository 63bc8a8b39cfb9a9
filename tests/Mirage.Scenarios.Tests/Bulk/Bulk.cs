namespace Mirage.Scenarios.Tests;

/// <summary>A transfer both ways over a link.</summary>
internal sealed record Bulk(LinkOptions There)
{
    private static readonly TimeSpan CutTime = TimeSpan.FromSeconds(1);

    public LinkOptions Back { get; init; } = There;

    public int Mtu { get; init; } = 1500;

    /// <summary>How many bytes go each way.</summary>
    public long Size { get; init; } = 1 << 20;

    /// <summary>Whether neither SACK nor timestamps are used.</summary>
    public bool PlainOptions { get; init; }

    /// <summary>How often the link is cut for a second, at equal distances in what the server has received.</summary>
    public int Cuts { get; init; }

    /// <summary>Runs the transfer to its end: with the one congestion control or, from the next seed, with the other.</summary>
    public void Run(ulong seed, TcpSettings settings, IpFamily family = IpFamily.Ipv4)
    {
        if (seed % 2 == 0)
        {
            Run<NewReno>(seed, settings, family);
        }
        else
        {
            Run<Cubic>(seed, settings, family);
        }
    }

    private void Run<TCongestion>(ulong seed, TcpSettings settings, IpFamily family)
        where TCongestion : struct, ICongestionControl
        => Simulation.Run(seed, async platform =>
        {
            var hosts = new Hosts<TCongestion>(platform, new HostsOptions
            {
                There = There,
                Back = Back,
                ClientMtu = Mtu,
                ServerMtu = Mtu,
                Tcp = settings,
                PlainOptions = PlainOptions,
                Family = family,
            });
            var served = new TaskCompletionSource();
            var cuts = 0;
            hosts.Listen(new Exchange(Size, Cut, served));
            var client = await hosts.ConnectAsync();
            Assert.True(client.TryGet<TcpControl>(out var control));
            var statistics = control.GetStatistics().ThrowIfFailed();
            Assert.Equal((!PlainOptions, !PlainOptions), (statistics.SelectiveAcknowledgement, statistics.Timestamps));
            await client.ExchangeAsync(Pattern.Request, Pattern.Response, Size);
            (await client.CloseAsync()).ThrowIfFailed();
            await served.Task;
            Assert.Equal(Cuts, cuts);
            await hosts.ExpectNothingLeftAsync();

            void Cut(long received)
            {
                if (cuts < Cuts && received > Size * (cuts + 1) / (Cuts + 1))
                {
                    cuts++;
                    hosts.Link.CutFor(CutTime);
                }
            }
        });

    private readonly struct Exchange(long size, Action<long> progress, TaskCompletionSource served) : IFlowHandler
    {
        public async ValueTask HandleAsync<TFlow>(TFlow flow)
            where TFlow : struct, IFlow
        {
            try
            {
                await flow.ExchangeAsync(Pattern.Response, Pattern.Request, size, progress);
                served.SetResult();
            }
            catch (Exception exception)
            {
                served.SetException(exception);
            }
        }
    }
}
