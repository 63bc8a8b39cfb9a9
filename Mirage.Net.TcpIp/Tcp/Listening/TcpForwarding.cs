using System.Diagnostics.CodeAnalysis;

namespace Mirage.Net.TcpIp;

/// <summary>The program's side of a forwarder's half-open connection: one for each, not used again.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The source has no timer and no handle that somebody waits on: there is nothing to free.")]
internal sealed class TcpForwarding(TcpEngine engine, HalfOpen half) : ICancellable
{
    private readonly FlowOperation<Result<TcpFlow>, bool> _operation = new(engine, null);
    private CancellationTokenSource? _withdrawn;

    public IpEndpoint Source { get; } = half.Remote;

    public IpEndpoint Destination { get; } = half.Local;

    /// <summary>The half-open connection; <see langword="null"/> when it is none any more.</summary>
    public HalfOpen? HalfOpen { get; private set; } = half;

    /// <summary>What it became.</summary>
    public TcpFlow Flow { get; private set; }

    public bool IsDecided { get; private set; }

    /// <summary>Made only if somebody asks.</summary>
    public CancellationToken Withdrawn
    {
        get
        {
            if (_withdrawn is null)
            {
                _withdrawn = new CancellationTokenSource();
                if (HalfOpen is null && !IsDecided)
                {
                    _withdrawn.Cancel();
                }
            }

            return _withdrawn.Token;
        }
    }

    /// <summary>Why it ended before it was established.</summary>
    public DeviceError Failure { get; private set; }

    public ValueTask<Result<TcpFlow>> Accept(CancellationToken cancellation)
    {
        if (!engine.IsOnLoop)
        {
            return AcceptFromElsewhereAsync(cancellation);
        }

        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<Result<TcpFlow>>(cancellation);
        }

        if (IsDecided)
        {
            return new((Result<TcpFlow>)new DeviceError(ErrorKind.Invalid, $"the connection from {Source} to {Destination} was decided about before"));
        }

        IsDecided = true;
        if (HalfOpen is not { } half)
        {
            return new((Result<TcpFlow>)Failure);
        }

        // In this order: the answer may fail at once, if there is no way to the peer any more.
        var waiting = _operation.Begin(this, cancellation);
        engine.Answer(half);
        return waiting;
    }

    public void Decline(bool answer)
    {
        if (!IsDecided)
        {
            IsDecided = true;
            if (HalfOpen is { } half)
            {
                engine.Decline(half, answer);
            }
        }
    }

    public void Refuse(UnreachableReason reason)
    {
        if (!IsDecided)
        {
            IsDecided = true;
            if (HalfOpen is { } half)
            {
                engine.Refuse(half, reason);
            }
        }
    }

    /// <summary>The connection is established.</summary>
    public void Complete(TcpFlow flow)
    {
        HalfOpen = null;
        Flow = flow;
        _operation.Complete(flow);
    }

    /// <summary>There will be no connection.</summary>
    public void Fail(DeviceError failure)
    {
        HalfOpen = null;
        Failure = failure;
        if (!IsDecided && _withdrawn is not null)
        {
            // Posted: the program goes on outside of the turn's segments.
            engine.Post(static source => ((CancellationTokenSource)source!).Cancel(), _withdrawn);
        }

        if (_operation.IsPending)
        {
            _operation.Complete(failure);
        }
    }

    public void OnCancelled(FlowOperation operation)
    {
        _operation.Cancel();
        if (HalfOpen is { } half)
        {
            engine.Decline(half, answer: true);
        }
    }

    public void OnTaken(FlowOperation operation)
    {
    }

    private async ValueTask<Result<TcpFlow>> AcceptFromElsewhereAsync(CancellationToken cancellation)
    {
        await new LoopSwitch(engine, toLoop: true);
        try
        {
            return await Accept(cancellation).ConfigureAwait(false);
        }
        finally
        {
            await new LoopSwitch(engine, toLoop: false);
        }
    }
}
