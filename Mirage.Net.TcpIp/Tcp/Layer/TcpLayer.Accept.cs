using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>Accepting: a handshake's third segment makes a connection, which waits for its handler if enough of them run.</summary>
internal sealed partial class TcpLayer<TIp, TPlatform, TCongestion>
{
    /// <summary>Makes the connection that a SYN opened, whose SYN-ACK this segment acknowledges.</summary>
    /// <returns>It, or <see langword="null"/> if there is no room: the segment then counts as lost, and the peer's data or our SYN-ACK brings another.</returns>
    private TcpConnection<TCongestion>? OpenAccepted(TcpListener listener, in IpEndpoint local, in IpEndpoint remote, in Opening opening, in TcpSegment segment)
    {
        if (listener.IsAcceptFull)
        {
            listener.Counters.Overflows++;
            _counters = _counters with { AcceptOverflows = _counters.AcceptOverflows + 1 };
            return null;
        }

        if (NewConnection(local, remote, opening.Iss, opening.TsOffset) is not { } connection)
        {
            return null;
        }

        connection.NoDelay = listener.Options.NoDelay;
        connection.KeepAlive = listener.KeepAlive;
        TakeOpening(connection, opening);
        connection.RcvEdge = connection.RcvNxt + SynWindow;
        connection.SndNxt = connection.SndUna = connection.Iss + 1;
        listener.Counters.Accepted++;
        _counters = _counters with { PassiveOpens = _counters.PassiveOpens + 1 };
        Establish(connection, segment);
        return connection;
    }

    /// <summary>Gives an established connection to its handler, after this turn's segments; or lets it wait until fewer of them run.</summary>
    private void Accept(TcpConnection<TCongestion> connection, TcpListener listener)
    {
        listener.Waiting.Enqueue(connection);
        StartHandlers(listener);
    }

    private void StartHandlers(TcpListener listener)
    {
        while (listener.Running < listener.Options.MaxConcurrent && listener.Waiting.TryDequeue(out var waiting))
        {
            listener.Running++;
            EnqueueReady(new HandlerStart(this, new TcpFlow(waiting), listener));
        }
    }

    /// <summary>Runs a handler to its end: then the flow is closed, or reset if the handler failed.</summary>
    private async Task RunHandler(TcpFlow flow, TcpListener listener)
    {
        try
        {
            await listener.HandleAsync(flow).ConfigureAwait(true);
            _ = await flow.CloseAsync().ConfigureAwait(true);
        }
        catch (Exception exception)
        {
            await ReportFailure(flow, $"handler of {flow}", exception).ConfigureAwait(true);
        }

        listener.Running--;
        StartHandlers(listener);
    }

    private ValueTask ReportFailure(TcpFlow flow, string source, Exception exception)
    {
        _counters = _counters with { HandlerFailed = _counters.HandlerFailed + 1 };
        _platform.Report(source, exception);
        return flow.IsDefault ? default : flow.AbortAsync();
    }

    private sealed class HandlerStart(TcpLayer<TIp, TPlatform, TCongestion> layer, TcpFlow flow, TcpListener listener) : FlowOperation
    {
        public override void RunContinuation() => _ = layer.RunHandler(flow, listener);
    }
}
