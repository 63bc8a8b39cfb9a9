namespace Mirage.Net.TcpIp;

/// <summary>How connections end: by both ends, by a failure, by TIME-WAIT.</summary>
internal sealed partial class TcpLayer<TIp, TPlatform, TCongestion>
{
    private readonly Queue<(TcpConnection<TCongestion> Connection, long Use)> _timeWait = new();
    private int _timeWaitCount;
    private int _orphans;
    private bool _isClosed;

    public override void Abort(TcpConnection connection, ErrorKind reason)
    {
        var own = (TcpConnection<TCongestion>)connection;
        if (own.State == TcpState.Closed)
        {
            Release(own);
            return;
        }

        if (own.State is not (TcpState.SynSent or TcpState.TimeWait))
        {
            // RFC 9293 §3.10.5.
            SendReset(own, own.SndNxt);
        }

        Fail(own, reason);
    }

    public override bool MayBeOrphan(TcpConnection connection)
    {
        if (connection.State is TcpState.Closed or TcpState.TimeWait || connection.IsCountedOrphan)
        {
            return true;
        }

        if (_orphans >= Limits.MaxOrphans)
        {
            _counters = _counters with { OrphansDropped = _counters.OrphansDropped + 1 };
            return false;
        }

        _orphans++;
        connection.IsCountedOrphan = true;
        return true;
    }

    private void CountOrphanOut(TcpConnection<TCongestion> connection)
    {
        if (connection.IsCountedOrphan)
        {
            connection.IsCountedOrphan = false;
            _orphans--;
        }
    }

    public void ResetAll(ErrorKind reason)
    {
        _isClosed = true;
        CloseListeners();
        foreach (var connection in _connections.ToList())
        {
            Abort(connection, reason);
        }
    }

    /// <summary>A connection ends without both ends having been sent and received.</summary>
    private void Fail(TcpConnection<TCongestion> connection, ErrorKind reason)
    {
        if (connection.IsSynchronized)
        {
            _counters = reason == ErrorKind.Reset ? _counters with { Resets = _counters.Resets + 1 } : _counters;
        }
        else
        {
            _counters = _counters with { FailedOpens = _counters.FailedOpens + 1 };
        }

        connection.Failure = reason;

        // What arrived in order before a failure is not read any more: the end of the stream is unknown.
        connection.ReceiveBuffer.Release(Buffers);
        connection.SendBuffer.Release(Buffers);
        connection.OnReadable();
        connection.FailWrite(connection.Failure);
        if (connection.IsConnecting)
        {
            connection.Generation++;
            connection.IsOrphan = true;
            connection.CompleteConnect(connection.Failure);
        }

        End(connection);
    }

    /// <summary>RFC 9293 §3.6: the side that closes first waits, so that the peer's last segments find somebody.</summary>
    private void StartTimeWait(TcpConnection<TCongestion> connection)
    {
        if (connection.State != TcpState.TimeWait)
        {
            connection.State = TcpState.TimeWait;
            CountOrphanOut(connection);
            connection.SendBuffer.Release(Buffers);
            connection.RetransmitAt = connection.KeepAliveAt = Instant.Never;
            _timeWaitCount++;
            _timeWait.Enqueue((connection, connection.Use));
            LimitTimeWait();
        }

        connection.ExpiresAt = Now + Settings.TimeWait;
        connection.Schedule();
    }

    private void LimitTimeWait()
    {
        while (_timeWaitCount > Limits.MaxTimeWait && _timeWait.TryDequeue(out var oldest))
        {
            if (IsWaiting(oldest))
            {
                _counters = _counters with { TimeWaitDropped = _counters.TimeWaitDropped + 1 };
                End(oldest.Connection);
            }
        }

        // Those that ended by themselves are still in the queue.
        while (_timeWait.TryPeek(out var first) && (!IsWaiting(first) || _timeWait.Count > Limits.MaxTimeWait * 2))
        {
            _ = _timeWait.Dequeue();
        }
    }

    private static bool IsWaiting((TcpConnection<TCongestion> Connection, long Use) entry)
        => entry.Connection.Use == entry.Use && entry.Connection.State == TcpState.TimeWait;

    /// <summary>The connection is over for the network; the program may still hold it.</summary>
    private void End(TcpConnection<TCongestion> connection)
    {
        if (connection.State == TcpState.Closed)
        {
            return;
        }

        if (connection.State == TcpState.TimeWait)
        {
            _timeWaitCount--;
        }

        connection.State = TcpState.Closed;
        CountOrphanOut(connection);
        _connections.Remove(connection);
        Wheel.Cancel(connection);
        connection.ResetTimers();
        connection.SendBuffer.Release(Buffers);
        connection.EndTransmission();
        Release(connection);
    }

    /// <summary>Keeps a connection that neither the network nor the program needs, for another use.</summary>
    private void Release(TcpConnection<TCongestion> connection)
    {
        if (connection.IsOrphan)
        {
            connection.ReceiveBuffer.Release(Buffers);

            // It may be in the queue for output, which gives it back when its turn comes.
            RequestOutput(connection);
        }
    }

    private void Recycle(TcpConnection<TCongestion> connection)
    {
        if (connection.IsOrphan && _pool.Count < Limits.MaxPooledConnections)
        {
            connection.IsOrphan = false;
            connection.ReceiveBuffer.Release(Buffers);
            connection.Generation++;
            _pool.Push(connection);
        }
    }
}
