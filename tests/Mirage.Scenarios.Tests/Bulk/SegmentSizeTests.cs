namespace Mirage.Scenarios.Tests;

/// <summary>Hosts whose links carry frames of different sizes: what is sent fits both, and is cut into no more segments than that takes.</summary>
public class SegmentSizeTests
{
    public static TheoryData<IpFamily, int, int, int> Sizes => new()
    {
        { IpFamily.Ipv4, 1500, 9000, 1 },
        { IpFamily.Ipv4, 1500, 9000, 1448 },
        { IpFamily.Ipv4, 1500, 9000, 1449 },
        { IpFamily.Ipv4, 1500, 9000, 1 << 20 },
        { IpFamily.Ipv4, 9000, 1500, 1 },
        { IpFamily.Ipv4, 9000, 1500, 1448 },
        { IpFamily.Ipv4, 9000, 1500, 1 << 20 },
        { IpFamily.Ipv4, 9000, 9000, 8948 },
        { IpFamily.Ipv4, 9000, 9000, 1 << 20 },
        { IpFamily.Ipv4, 576, 9000, 1 << 20 },
        { IpFamily.Ipv6, 1500, 9000, 1 },
        { IpFamily.Ipv6, 1500, 9000, 1428 },
        { IpFamily.Ipv6, 1500, 9000, 1429 },
        { IpFamily.Ipv6, 1500, 9000, 1 << 20 },
        { IpFamily.Ipv6, 9000, 1500, 1 },
        { IpFamily.Ipv6, 9000, 1500, 1428 },
        { IpFamily.Ipv6, 9000, 1500, 1 << 20 },
        { IpFamily.Ipv6, 9000, 9000, 8928 },
        { IpFamily.Ipv6, 9000, 9000, 1 << 20 },
        { IpFamily.Ipv6, 1280, 9000, 1 << 20 },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void A_response_takes_no_more_segments_than_it_must(IpFamily family, int clientMtu, int serverMtu, int size) => Simulation.Run(1, async platform =>
    {
        var hosts = new Hosts<Cubic>(platform, new HostsOptions
        {
            Both = new LinkOptions { Delay = TimeSpan.FromMilliseconds(5) },
            ClientMtu = clientMtu,
            ServerMtu = serverMtu,
            Family = family,
        });
        hosts.Listen(new Responder(size));
        var flow = await hosts.ConnectAsync();
        await hosts.Sleep(TimeSpan.FromSeconds(1));
        var before = (hosts.Link.InboundCounters, hosts.Server.Counters.Tcp.SegmentsSent);
        await flow.ExchangeAsync(Pattern.Request, Pattern.Response, 1, size);
        var frames = hosts.Link.InboundCounters.Frames - before.InboundCounters.Frames;
        var segment = Math.Min(clientMtu, serverMtu) - (family == IpFamily.Ipv4 ? 20 : 40) - 20 - 12;

        // The acknowledgement of the request, the data, and the FIN if it did not go with the last of them.
        Assert.InRange(frames, (size + segment - 1) / segment, ((size + segment - 1) / segment) + 2);
        Assert.Equal(0, hosts.Switch.Counters.TooLarge);
        Assert.Equal(0, hosts.Server.Counters.Tcp.Retransmissions);
    });

    private readonly struct Responder(int size) : IFlowHandler
    {
        public async ValueTask HandleAsync<TFlow>(TFlow flow)
            where TFlow : struct, IFlow
        {
            await flow.ExpectAsync(Pattern.Request, 1);
            await flow.SendAsync(Pattern.Response, size);
        }
    }
}
