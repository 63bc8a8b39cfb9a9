namespace Mirage.Scenarios.Tests;

/// <summary>A flow that sends for as long as the simulation lasts, and how many of its bytes have arrived.</summary>
internal sealed class LongFlow
{
    private LongFlow()
    {
    }

    /// <summary>The bytes that the receiver's program has read; each was checked.</summary>
    public long Received { get; private set; }

    /// <summary>The sender's end, once connected.</summary>
    public TcpFlow Flow { get; private set; }

    /// <summary>Why it ended, which it should not.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Begins a flow from the client to the server.</summary>
    public static LongFlow Start<TCongestion>(Hosts<TCongestion> hosts, ushort port = Hosts<TCongestion>.Port)
        where TCongestion : struct, ICongestionControl
    {
        var flow = new LongFlow();
        hosts.Listen(new Sink(flow), port: port);
        _ = flow.RunAsync(hosts, port);
        return flow;
    }

    private async Task RunAsync<TCongestion>(Hosts<TCongestion> hosts, ushort port)
        where TCongestion : struct, ICongestionControl
    {
        try
        {
            Flow = await hosts.ConnectAsync(port);
            await Flow.SendAsync(Pattern.Request, long.MaxValue);
        }
        catch (Exception exception)
        {
            Failure = exception;
        }
    }

    private readonly struct Sink(LongFlow flow) : IFlowHandler
    {
        public async ValueTask HandleAsync<TFlow>(TFlow incoming)
            where TFlow : struct, IFlow
        {
            var counted = flow;
            await incoming.ExpectAsync(Pattern.Request, long.MaxValue, received => counted.Received = received);
        }
    }
}
