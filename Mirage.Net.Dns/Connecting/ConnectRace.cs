namespace Mirage.Net.Dns;

/// <summary>
/// One connecting by name. Everything that happens, an answer, a connection, a failure, is noted and told to <see cref="RunAsync"/>, which alone decides what to do next.
/// </summary>
internal sealed class ConnectRace<TStack, TFlow, TResolver, TPlatform>(
    Connector<TStack, TFlow, TResolver, TPlatform> connector, string host, ushort port, TcpConnectOptions options, CancellationToken cancellation)
    where TStack : struct, IStack<TStack, TFlow>
    where TFlow : struct, IFlow
    where TResolver : struct, IResolver
    where TPlatform : struct, IPlatform
{
    private readonly TPlatform _platform = connector.Platform;
    private readonly List<IpAddress> _untried = [];
    private readonly List<IpEndpoint> _running = [];
    private readonly List<ConnectAttempt> _failed = [];
    private TaskCompletionSource _changed = new();
    private Result<IReadOnlyList<IpAddress>>? _found4;
    private Result<IReadOnlyList<IpAddress>>? _found6;
    private IpFamily _lastFamily;
    private Instant _addressesMayBeUsed = Instant.Never;
    private Instant _nextAttempt = Instant.Earliest;
    private TFlow _winner;
    private bool _won;
    private bool _taken;
    private bool _ended;

    private bool AllFound => _found4 is not null && _found6 is not null;

    public async Task<Result<TFlow>> RunAsync()
    {
        var end = options.Timeout == Timeout.InfiniteTimeSpan ? Instant.Never : _platform.Now + options.Timeout;
        var local = options.Local.Address.Family;

        // RFC 8305 §3: the question for IPv6 leaves first.
        _ = FindAsync(IpFamily.V6, isWanted: local != IpFamily.V4);
        _ = FindAsync(IpFamily.V4, isWanted: local != IpFamily.V6);
        while (true)
        {
            var now = _platform.Now;
            if (_won)
            {
                _taken = true;
                return _winner;
            }

            if (AllFound && _untried.Count == 0 && _running.Count == 0)
            {
                return Failure();
            }

            if (now >= end)
            {
                return new DeviceError(ErrorKind.TimedOut, new ConnectAttemptsDetail(host, port, _failed, [.. _running]));
            }

            var next = _untried.Count == 0 ? Instant.Never : _addressesMayBeUsed > _nextAttempt ? _addressesMayBeUsed : _nextAttempt;
            if (next <= now)
            {
                StartNext(now);
                continue;
            }

            await WaitAsync(Instant.Min(next, end), now).ConfigureAwait(true);
        }
    }

    /// <summary>Whatever still comes, or came too late for the caller, is closed.</summary>
    public async ValueTask EndAsync()
    {
        _ended = true;
        if (_won && !_taken)
        {
            await _winner.AbortAsync().ConfigureAwait(true);
        }
    }

    private async Task FindAsync(IpFamily family, bool isWanted)
    {
        Result<IReadOnlyList<IpAddress>> found = ErrorKind.NotFound;
        try
        {
            found = isWanted ? await connector.Resolver.ResolveAsync(host, family, cancellation).ConfigureAwait(true) : found;
        }
        catch (OperationCanceledException)
        {
            return;
        }
        catch (Exception exception)
        {
            found = new DeviceError(ErrorKind.Other, new ExceptionDetail(exception));
        }

        _ = family == IpFamily.V4 ? _found4 = found : _found6 = found;

        // RFC 8305 §3: at once with the IPv6 addresses, or without there being any; with the IPv4 addresses alone after a delay.
        var mayBeUsed = family == IpFamily.V6 || _found6 is not null ? _platform.Now : _platform.Now + connector.Options.ResolutionDelay;
        _addressesMayBeUsed = Instant.Min(_addressesMayBeUsed, mayBeUsed);
        if (found.TryGet(out var addresses))
        {
            _untried.AddRange(addresses.Where(address => address.Family == family).Take(connector.Options.MaxAddresses));
        }

        Tell();
    }

    /// <summary>RFC 8305 §4: the best of those that are left, of the other family than the last if there is one.</summary>
    private void StartNext(Instant now)
    {
        var ordered = connector.Stack.SortDestinations(_untried);
        var address = ordered.FirstOrDefault(candidate => candidate.Family != _lastFamily);
        address = address.Family == IpFamily.None ? ordered[0] : address;
        _ = _untried.Remove(address);
        _lastFamily = address.Family;
        _nextAttempt = now + connector.Options.AttemptDelay;
        var remote = new IpEndpoint(address, port);
        _running.Add(remote);
        _ = AttemptAsync(remote);
    }

    private async Task AttemptAsync(IpEndpoint remote)
    {
        Result<TFlow> result;
        try
        {
            result = await connector.Stack.ConnectTcpAsync(remote, options, cancellation).ConfigureAwait(true);
        }
        catch (OperationCanceledException)
        {
            return;
        }
        catch (Exception exception)
        {
            result = new DeviceError(ErrorKind.Other, new ExceptionDetail(exception));
        }

        _ = _running.Remove(remote);
        if (!result.TryGet(out var flow))
        {
            // RFC 8305 §5: the next one need not wait.
            _failed.Add(new ConnectAttempt(remote, result.Error));
            _nextAttempt = Instant.Earliest;
        }
        else if (_ended || _won)
        {
            await flow.AbortAsync().ConfigureAwait(true);
        }
        else
        {
            (_winner, _won) = (flow, true);
        }

        Tell();
    }

    private DeviceError Failure()
    {
        if (_failed.Count > 0)
        {
            // A host that refused was reached; what could not even be sent says least.
            var telling = _failed.Find(attempt => attempt.Error.Kind == ErrorKind.Refused);
            telling = telling.Error.IsNone ? _failed.Find(attempt => attempt.Error.Kind != ErrorKind.Unreachable) : telling;
            telling = telling.Error.IsNone ? _failed[0] : telling;
            return new DeviceError(telling.Error.Kind, new ConnectAttemptsDetail(host, port, _failed, []));
        }

        // That a name has no addresses of one family says less than what is wrong with the other.
        var (error4, error6) = (_found4!.Value.Error, _found6!.Value.Error);
        return error4.IsNone || (error4.Kind == ErrorKind.NotFound && !error6.IsNone && error6.Detail is not null && (error6.Kind != ErrorKind.NotFound || error4.Detail is null))
            ? OrNotFound(error6)
            : OrNotFound(error4);
    }

    private DeviceError OrNotFound(DeviceError error) => error.IsNone ? new DeviceError(ErrorKind.NotFound, $"{host} has no address that can be used") : error;

    private void Tell() => _changed.TrySetResult();

    private async ValueTask WaitAsync(Instant until, Instant now)
    {
        var time = until.IsNever ? Timeout.InfiniteTimeSpan : until - now;
        await _changed.Task.WaitAsync(time, _platform.TimeProvider, cancellation)
            .ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
        cancellation.ThrowIfCancellationRequested();
        _changed = new TaskCompletionSource();
    }
}
