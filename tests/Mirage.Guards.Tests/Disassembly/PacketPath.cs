namespace Mirage.Guards.Tests.Disassembly;

/// <summary>
/// All of Mirage's code that runs while a stack is polled: from the device's receive to TCP's input, and from TCP's output to the device's send. What
/// is not inlined into its caller is found by following the direct calls.
/// </summary>
internal sealed class PacketPath
{
    /// <summary>Where code is chosen at run time on purpose.</summary>
    private static readonly (string In, string Target, string Reason)[] _exceptions =
    [
        ("TcpEngine.RunReady", "FlowOperation:RunContinuation", "the one continuation of a flow's read or write, and the start of a handler: the program's own code"),
        ("UdpLayer.InputForwarded", "UdpForwarder:Deliver", "a program's forwarder"),
        ("UdpLayer.End", "UdpForwarder:Ended", "the same, when an association has ended"),
        ("UdpLayer.Input", "UdpListener:Deliver", "a program's datagram handler; the listener is found by its port"),
        ("*", "System.Buffers.MemoryManager`1[byte]:get_Memory", "the caller's ReadOnlySequence<byte>, if its parts are not arrays"),
        ("*", "System.Buffers.MemoryManager`1[byte]:GetSpan", "the caller's Memory<byte>, if it is not an array's"),
    ];

    private readonly IReadOnlyDictionary<string, ListedMethod> _listed;

    public PacketPath(IReadOnlyDictionary<string, ListedMethod> listed, string root)
    {
        _listed = listed;
        var first = Assert.Single(listed.Values, method => method.ShortName == root);
        var pending = new Stack<ListedMethod>([first]);
        var seen = new HashSet<ListedMethod>(ReferenceEqualityComparer.Instance);
        while (pending.TryPop(out var method))
        {
            if (seen.Add(method))
            {
                Methods.Add(method);
                foreach (var call in method.Calls)
                {
                    if (listed.TryGetValue(call.Target, out var callee))
                    {
                        pending.Push(callee);
                    }
                }
            }
        }
    }

    /// <summary>The methods on the path that are not inlined.</summary>
    public List<ListedMethod> Methods { get; } = [];

    /// <summary>What is chosen at run time and is no exception; one line each.</summary>
    public IEnumerable<string> Violations
        => Methods.SelectMany(method => ViolationsOf(method).Select(violation => $"{method.Name}: {violation}"));

    public static IEnumerable<string> ViolationsOf(ListedMethod method)
    {
        if (method.IsShared)
        {
            yield return "shared generic code";
        }

        foreach (var call in method.Calls.Where(call => call.IsDispatch && !IsException(method, call)))
        {
            yield return call.ToString();
        }
    }

    /// <summary>The exceptions that were not needed.</summary>
    public IEnumerable<string> UnusedExceptions
        => _exceptions.Where(e => !Methods.Exists(m => m.Calls.Exists(c => c.IsDispatch && Matches(e, m, c)))).Select(e => e.Target);

    /// <summary>Whether a method is on the path, or is inlined into one that is: it is neither listed nor called anywhere.</summary>
    public bool Covers(string shortName)
        => Methods.Exists(method => method.ShortName == shortName)
            || (_listed.Values.All(method => method.ShortName != shortName)
                && !_listed.Values.Any(method => method.Calls.Exists(call => call.Kind == CallKind.Direct && IsCallOf(call, shortName))));

    private static bool IsCallOf(Call call, string shortName) => call.Target.Contains(':', StringComparison.Ordinal) && new ListedMethod(call.Target).ShortName == shortName;

    private static bool IsException(ListedMethod method, Call call) => Array.Exists(_exceptions, exception => Matches(exception, method, call));

    private static bool Matches((string In, string Target, string Reason) exception, ListedMethod method, Call call)
        => (exception.In == "*" || exception.In == method.ShortName) && call.Target.Contains(exception.Target + "(", StringComparison.Ordinal);
}
