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
        connection.StartUserTimeout(listener.Options.UserTimeout);
        TakeOpening(connection, opening);
        connection.AcceptEcn(opening.HasEcn);
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
            EnqueueReady(new HandlerRun(this, waiting, listener));
        }
    }

    private void ReportFailure(string source, Exception exception)
    {
        _counters = _counters with { HandlerFailed = _counters.HandlerFailed + 1 };
        _platform.Report(source, exception);
    }

    /// <summary>
    /// Runs a handler to its end: then the flow is closed, or reset if the handler failed. It is written by hand, since an async method with its tasks takes three times the
    /// memory, and every accepted connection has one.
    /// </summary>
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Reliability", "CA2012:Use ValueTasks correctly", Justification = "It is consumed once, in Finish.")]
    private sealed class HandlerRun(TcpLayer<TIp, TPlatform, TCongestion> layer, TcpConnection connection, TcpListener listener) : FlowOperation
    {
        private readonly long _generation = connection.Generation;
        private ValueTask _running;

        public override void RunContinuation()
        {
            try
            {
                _running = listener.HandleAsync(new TcpFlow(connection));
            }
            catch (Exception exception)
            {
                _running = ValueTask.FromException(exception);
            }

            if (_running.IsCompleted)
            {
                Finish();
            }
            else
            {
                // In the loop's context, which runs it at once if the handler ends on the loop.
                _running.GetAwaiter().UnsafeOnCompleted(OnEnded);
            }
        }

        private void OnEnded()
        {
            if (layer.IsOnLoop)
            {
                Finish();
            }
            else
            {
                layer.Post(static run => ((HandlerRun)run!).Finish(), this);
            }
        }

        private void Finish()
        {
            try
            {
                _running.GetAwaiter().GetResult();
                _ = connection.Close(_generation);
            }
            catch (Exception exception)
            {
                layer.ReportFailure($"handler of {connection.Local} - {connection.Remote}", exception);
                connection.Abort(_generation);
            }

            listener.Running--;
            layer.StartHandlers(listener);
        }
    }
}
