using Mirage.Net.Virtual;

namespace Mirage.Testing.Scripts;

/// <summary>Makes the calls of a script, and compares what they return. One that blocks is tried again after each turn of the stack's.</summary>
internal sealed partial class CallRunner(ScriptSettings settings, ScriptClock clock, IScriptSockets sockets, ScriptConnections connections)
{
    private const int FirstOwnDescriptor = 1_000_000;

    private readonly Dictionary<long, ScriptDescriptor> _descriptors = [];
    private SourcePosition _position;
    private long _patience;

    /// <summary>When the last call returned, in microseconds.</summary>
    public long ReturnedAt { get; private set; }

    /// <summary>Makes a call.</summary>
    /// <param name="position">The line.</param>
    /// <param name="call">The call.</param>
    /// <param name="patience">For how long it may block, in microseconds.</param>
    public async Task RunAsync(SourcePosition position, CallAction call, long patience)
    {
        _position = position;
        _patience = patience;
        var (result, check) = await InvokeAsync(call).ConfigureAwait(true);
        ReturnedAt = clock.Now;
        if (result.Missing is { } missing)
        {
            throw new ScriptException(position, $"{call.Name}: the stack under test does not have {missing}");
        }

        Compare(position, call, result);
        check?.Invoke();
    }

    private static bool GivesDescriptor(CallAction call) => call.Name is "socket" or "accept" or "epoll_create";

    private static void Compare(SourcePosition position, CallAction call, SocketResult result)
    {
        if (call.Result is AnyExpression)
        {
            return;
        }

        var expected = Evaluate(call.Result);
        var isSame = GivesDescriptor(call) && expected >= 0 ? result.Value >= 0 : result.Value == expected;
        isSame &= call.Error is null || result.Value >= 0 || ScriptConstants.IsSameError(call.Error, result.Error);
        isSame &= call.Error is null || result.Value < 0;
        if (!isSame)
        {
            throw new ScriptException(position, $"{call.Name} returned {result}, expected {expected}{(call.Error is null ? "" : " " + call.Error)}");
        }
    }

    // What it returns, and what else is to be checked once that is right.
    private Task<(SocketResult Result, Action? Check)> InvokeAsync(CallAction call) => call.Name switch
    {
        "socket" => Task.FromResult(Plain(Socket(call))),
        "bind" => Task.FromResult(Plain(Bind(call))),
        "listen" => Task.FromResult(Plain(Listen(call))),
        "accept" => AcceptAsync(call),
        "connect" => ConnectAsync(call),
        "shutdown" => Task.FromResult(Plain(Shutdown(call))),
        "close" => Task.FromResult(Plain(Close(call))),
        "fcntl" => Task.FromResult(Plain(Fcntl(call))),
        "ioctl" => Task.FromResult(Ioctl(call)),
        "setsockopt" => Task.FromResult(Plain(SetOption(call))),
        "getsockopt" => Task.FromResult(GetOption(call)),
        "read" or "recv" or "recvfrom" or "readv" or "recvmsg" => ReceiveAsync(call),
        "write" or "send" or "sendto" or "writev" or "sendmsg" => SendAsync(call),
        "poll" => PollAsync(call),
        "epoll_create" => Task.FromResult(Plain(EpollCreate(call))),
        "epoll_ctl" => Task.FromResult(Plain(EpollControl(call))),
        "epoll_wait" => EpollWaitAsync(call),
        _ => throw new ScriptException(_position, $"the call '{call.Name}' is not understood"),
    };

    private static (SocketResult Result, Action? Check) Plain(SocketResult result) => (result, null);

    /// <summary>Tries a call until it need not wait.</summary>
    private async Task<SocketResult> CompleteAsync(CallAction call, bool blocks, Func<SocketResult> attempt)
    {
        var result = attempt();
        if (!blocks || !result.WouldBlock)
        {
            return result;
        }

        // Longer than the script allows it is a failure, whatever it would return then.
        return await clock.UntilAsync(() => !(result = attempt()).WouldBlock, clock.Now + _patience).ConfigureAwait(true)
            ? result
            : throw new ScriptException(_position, $"{call.Name} blocks: it has not returned by {PacketText.Time(clock.Now)}");
    }

    private Expression Argument(CallAction call, int index)
        => index < call.Arguments.Count ? call.Arguments[index] : throw new ScriptException(_position, $"{call.Name} needs at least {index + 1} arguments, and has {call.Arguments.Count}");

    private void CheckCount(CallAction call, int minimum, int maximum)
    {
        if (call.Arguments.Count < minimum || call.Arguments.Count > maximum)
        {
            var expected = minimum == maximum ? $"{minimum}" : $"{minimum} to {maximum}";
            throw new ScriptException(_position, $"{call.Name} has {call.Arguments.Count} arguments, expected {expected}");
        }
    }

    private ScriptDescriptor Descriptor(CallAction call, int index = 0)
    {
        var number = Evaluate(Argument(call, index));
        return _descriptors.TryGetValue(number, out var descriptor)
            ? descriptor
            : throw new ScriptException(Argument(call, index).Position, $"{call.Name}: the script has no descriptor {number}");
    }

    private static long Evaluate(Expression expression) => expression switch
    {
        IntegerExpression integer => integer.Value,
        OrExpression or => Evaluate(or.Left) | Evaluate(or.Right),
        NameExpression name when ScriptConstants.TryGet(name.Name, out var value) => value,
        NameExpression name => throw new ScriptException(name.Position, $"the name '{name.Name}' is not understood"),
        FunctionExpression { Name: "htons", Arguments: [var port] } => Evaluate(port),
        _ => throw new ScriptException(expression.Position, "expected a number or a name for one"),
    };

    private static long Bracketed(Expression expression) => expression is ListExpression { Items: [var item] }
        ? Evaluate(item)
        : throw new ScriptException(expression.Position, "expected one value in brackets, as [1]");

    private static string Named(Expression expression) => expression is NameExpression name
        ? name.Name
        : throw new ScriptException(expression.Position, "options go by name, as TCP_NODELAY");
}
