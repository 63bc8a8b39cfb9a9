namespace Mirage.Net.TcpIp;

/// <summary>The end of a stack, whatever it runs over: told to stop, or its device gone.</summary>
internal abstract class StackLifetime<TPlatform>(TPlatform platform) : IPollable
    where TPlatform : struct, IPlatform
{
    private readonly TaskCompletionSource _disconnected = new();

    public bool IsDisconnected { get; private set; }

    protected TPlatform Platform => platform;

    public abstract PollResult Poll(Instant now, int budget);

    public async Task RunAsync(CancellationToken cancellation)
    {
        var stopped = new TaskCompletionSource();
        using var registration = cancellation.UnsafeRegister(static source => ((TaskCompletionSource)source!).TrySetResult(), stopped);
        await (await Task.WhenAny(_disconnected.Task, stopped.Task).ConfigureAwait(true)).ConfigureAwait(true);
    }

    public ValueTask DisconnectAsync()
    {
        if (platform.IsOnLoop)
        {
            return DisconnectOnLoopAsync();
        }

        var done = new TaskCompletionSource<Task>(TaskCreationOptions.RunContinuationsAsynchronously);
        platform.Post(_ => done.SetResult(DisconnectOnLoopAsync().AsTask()), null);
        return new(done.Task.Unwrap());
    }

    /// <summary>The device is gone: what waits for the stack is told. Posted, since the program goes on from there.</summary>
    protected PollResult Fail(DeviceError failure)
    {
        End(ErrorKind.Disconnected);
        platform.Post(_ => _disconnected.TrySetException(failure.ToException()), null);
        return new PollResult(busy: true, Instant.Never);
    }

    /// <summary>Ends what is above the device.</summary>
    protected abstract void EndLayers(ErrorKind reason);

    protected abstract ValueTask DisconnectDeviceAsync();

    private async ValueTask DisconnectOnLoopAsync()
    {
        if (IsDisconnected)
        {
            return;
        }

        End(ErrorKind.Closed);
        await DisconnectDeviceAsync().ConfigureAwait(true);
        _ = _disconnected.TrySetResult();
    }

    private void End(ErrorKind reason)
    {
        IsDisconnected = true;
        EndLayers(reason);
        platform.Detach(this);
    }
}
