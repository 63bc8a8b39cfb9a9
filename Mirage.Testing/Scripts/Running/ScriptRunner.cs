using Mirage.Net.Virtual;

namespace Mirage.Testing.Scripts;

/// <summary>Runs the lines of a script one after another. One call may block meanwhile.</summary>
internal sealed class ScriptRunner(ScriptSettings settings, List<ScriptEvent> events, List<string> notes)
{
    // A blocking call that the script gives no time for returns some day, or fails.
    private const long Patience = 600_000_000;
    private const long Grace = 2_000_000;

    private readonly Dictionary<string, long> _variables = [];
    private ScriptClock _clock = null!;
    private ScriptEvent? _previous;
    private long _previousTime;
    private Task? _blocked;
    private ScriptTime _blockedTime;

    /// <summary>The line that is run.</summary>
    public SourcePosition Position { get; private set; }

    public async Task RunAsync(SimulatedLoop loop, IScriptHost host)
    {
        var platform = new SimulatedPlatform(loop);
        var cable = new VirtualSwitch(loop);
        var far = cable.Connect(VirtualSwitch.MaxMtu);
        var near = new ScriptNetwork(cable.Connect(VirtualSwitch.MaxMtu), settings.Mtu);
        var link = new ScriptLink
        {
            Platform = platform,
            Network = near,
            Local = new IpNetwork(settings.LocalAddress, settings.WireVersion == 6 ? 48 : 16),
            Gateway = settings.Gateway,
            Remote = settings.RemoteAddress,
            Setup = SetupReader.Read(events),
        };
        var end = new RemoteEnd(far, near.Mac, platform, settings.LocalAddress);
        _clock = new ScriptClock(loop);
        platform.Attach(end);
        var sockets = await host.StartAsync(link).ConfigureAwait(true);
        platform.Attach(_clock);
        await _clock.SettleAsync().ConfigureAwait(true);
        end.Packets.Clear();
        _clock.Start();
        var connections = new ScriptConnections(settings);
        var packets = new PacketRunner(settings, _clock, end, connections);
        var calls = new CallRunner(settings, _clock, sockets, connections);
        foreach (var line in events)
        {
            Position = line.Position;
            await RunAsync(line, packets, calls, sockets, connections).ConfigureAwait(true);
        }

        await AwaitBlockedAsync().ConfigureAwait(true);
    }

    private async Task RunAsync(ScriptEvent line, PacketRunner packets, CallRunner calls, IScriptSockets sockets, ScriptConnections connections)
    {
        if (line.Action is CommandAction command)
        {
            notes.Add($"{line.Position}: skipped the command `{command.Text.Trim()}`");
            await _clock.UntilAsync(Resolve(line).Start).ConfigureAwait(true);
            Done(line, _clock.Now);
            return;
        }

        var time = Resolve(line);
        if (line.Action is PacketAction { IsInbound: false } expected)
        {
            await CheckAsync(settings.PacketsAreNotFatal, packets.ExpectAsync(line, expected, time)).ConfigureAwait(true);
        }
        else
        {
            if (line.Action is CallAction)
            {
                await AwaitBlockedAsync().ConfigureAwait(true);
            }

            await _clock.UntilAsync(time.Start).ConfigureAwait(true);
            time.Check(line.Position, _clock.Now, "this line");
            await ActAsync(line, time, packets, calls, sockets, connections).ConfigureAwait(true);
        }

        await _clock.SettleAsync().ConfigureAwait(true);
        ThrowIfBlockedFailed();
        Done(line, time.Start);
    }

    private async Task ActAsync(ScriptEvent line, ScriptTime time, PacketRunner packets, CallRunner calls, IScriptSockets sockets, ScriptConnections connections)
    {
        switch (line.Action)
        {
            case PacketAction packet:
                packets.Inject(line.Position, packet);
                break;
            case CodeAction code:
                new CodeRunner(line.Position, code.Text, sockets, connections.Current, _variables).Run();
                break;
            case CallAction { End: null } call:
                await CheckAsync(settings.CallsAreNotFatal, calls.RunAsync(line.Position, call, Patience)).ConfigureAwait(true);
                break;
            case CallAction call:
                var end = call.End!.Value + (line.Time.IsRelative ? time.Offset : 0);
                _blockedTime = new ScriptTime(settings, new EventTime(TimeKind.Absolute, end, end), 0, time.Start);
                _blocked = RunBlockingAsync(line, call, calls, _blockedTime);
                break;
            default:
                throw new InvalidOperationException($"no such line: {line.Action}");
        }
    }

    private async Task RunBlockingAsync(ScriptEvent line, CallAction call, CallRunner calls, ScriptTime end)
    {
        await CheckAsync(settings.CallsAreNotFatal, calls.RunAsync(line.Position, call, end.Start - _clock.Now + Grace)).ConfigureAwait(true);
        end.Check(line.Position, calls.ReturnedAt, $"the return of {call.Name}");
    }

    private async Task AwaitBlockedAsync()
    {
        if (_blocked is { } blocked)
        {
            _ = await _clock.UntilAsync(() => blocked.IsCompleted, _blockedTime.Start + (2 * Grace)).ConfigureAwait(true);
            await blocked.ConfigureAwait(true);
            _blocked = null;
        }
    }

    private void ThrowIfBlockedFailed()
    {
        if (_blocked is { IsFaulted: true } blocked)
        {
            blocked.GetAwaiter().GetResult();
        }
    }

    private async Task CheckAsync(bool isNote, Task task)
    {
        try
        {
            await task.ConfigureAwait(true);
        }
        catch (ScriptException failure) when (isNote)
        {
            notes.Add(failure.Message);
        }
    }

    // As in packetdrill: relative times count from now, but between packets that are injected one after another from the time of the one before.
    private ScriptTime Resolve(ScriptEvent line)
    {
        if (_previous is null && line.Time.Start != 0)
        {
            throw new ScriptException(line.Position, "the first line is at time 0");
        }

        if (line.Time.Kind is TimeKind.Absolute or TimeKind.AbsoluteRange && _previous is { Time.IsRelative: false, Time.Kind: not TimeKind.Any } && line.Time.Start < _previousTime)
        {
            throw new ScriptException(line.Position, $"time goes backwards, from {PacketText.Time(_previousTime)} to {PacketText.Time(line.Time.Start)}");
        }

        var isInRow = _previous?.Action is PacketAction { IsInbound: true } && line.Action is PacketAction { IsInbound: true };
        var offset = line.Time.Kind is TimeKind.Absolute or TimeKind.AbsoluteRange ? 0 : isInRow ? _previousTime : _clock.Now;
        return new(settings, line.Time, offset, _previousTime);
    }

    private void Done(ScriptEvent line, long time)
    {
        _previous = line;
        _previousTime = time;
    }
}
