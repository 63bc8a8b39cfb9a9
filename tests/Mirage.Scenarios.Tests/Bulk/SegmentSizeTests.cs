namespace Mirage.Scenarios.Tests;

/// <summary>Hosts whose links carry frames of different sizes: what is sent fits both, and is cut into no more segments than that takes.</summary>
public class SegmentSizeTests
{
    private const int Headers = 20 + 20 + 12;

    [Theory]
    [InlineData(1500, 9000, 1)]
    [InlineData(1500, 9000, 1448)]
    [InlineData(1500, 9000, 1449)]
    [InlineData(1500, 9000, 1 << 20)]
    [InlineData(9000, 1500, 1)]
    [InlineData(9000, 1500, 1448)]
    [InlineData(9000, 1500, 1 << 20)]
    [InlineData(9000, 9000, 8948)]
    [InlineData(9000, 9000, 1 << 20)]
    [InlineData(576, 9000, 1 << 20)]
    public void A_response_takes_no_more_segments_than_it_must(int clientMtu, int serverMtu, int size) => Simulation.Run(1, async platform =>
    {
        var hosts = new Hosts<Cubic>(platform, new HostsOptions { Both = new LinkOptions { Delay = TimeSpan.FromMilliseconds(5) }, ClientMtu = clientMtu, ServerMtu = serverMtu });
        hosts.Listen(new Responder(size));
        var flow = await hosts.ConnectAsync();
        await hosts.Sleep(TimeSpan.FromSeconds(1));
        var before = (hosts.Link.InboundCounters, hosts.Server.Counters.Tcp.SegmentsSent);
        await flow.ExchangeAsync(Pattern.Request, Pattern.Response, 1, size);
        var frames = hosts.Link.InboundCounters.Frames - before.InboundCounters.Frames;
        var segment = Math.Min(clientMtu, serverMtu) - Headers;

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
