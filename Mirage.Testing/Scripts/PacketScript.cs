using Mirage.Net.Virtual;

namespace Mirage.Testing.Scripts;

/// <summary>
/// A packet script, in the language of packetdrill: packets that are injected (<c>&lt;</c>) and expected (<c>&gt;</c>) with their times, and the calls of a program on
/// its sockets. It runs against a stack in virtual time; the same script, stack and seed give the same outcome.
/// </summary>
public sealed class PacketScript
{
    private readonly ScriptSettings _settings;
    private readonly List<ScriptEvent> _events;

    private PacketScript(string name, ScriptSettings settings, List<ScriptEvent> events)
    {
        Name = name;
        _settings = settings;
        _events = events;
    }

    /// <summary>The script's name, for messages.</summary>
    public string Name { get; }

    /// <summary>Reads a script.</summary>
    /// <param name="name">Its name, for messages.</param>
    /// <param name="text">The script.</param>
    /// <param name="arguments">Options that count more than those in the script, without dashes: <c>ip_version=ipv6</c>.</param>
    /// <returns>The script.</returns>
    /// <exception cref="ScriptException">Something is not understood.</exception>
    public static PacketScript Parse(string name, string text, params IReadOnlyList<string> arguments)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(arguments);
        var (settings, events) = ScriptParser.Parse(text, arguments);
        return new(name, settings, events);
    }

    /// <summary>Reads a script and runs it; what is not understood is a failure like any other.</summary>
    /// <param name="name">Its name, for messages.</param>
    /// <param name="text">The script.</param>
    /// <param name="host">What makes the stack under test.</param>
    /// <param name="arguments">Options that count more than those in the script.</param>
    /// <returns>How it ended.</returns>
    public static ScriptOutcome Run(string name, string text, IScriptHost host, params IReadOnlyList<string> arguments)
    {
        try
        {
            return Parse(name, text, arguments).Run(host);
        }
        catch (ScriptException failure)
        {
            return new(name, failure, []);
        }
    }

    /// <summary>Runs the script against a new stack, in a simulation of its own.</summary>
    /// <param name="host">What makes the stack.</param>
    /// <param name="seed">Where the simulation's randomness starts.</param>
    /// <returns>How it ended.</returns>
    public ScriptOutcome Run(IScriptHost host, ulong seed = 1)
    {
        ArgumentNullException.ThrowIfNull(host);
        var notes = new List<string>(_settings.Notes);
        if (_settings.IsDry)
        {
            return new(Name, null, [.. notes, "--dry_run: read, not run"]);
        }

        ScriptException? failure = null;
        var reported = new List<string>();
        var loop = new SimulatedLoop(seed) { Reported = (source, exception) => reported.Add($"{source}: {exception.Message}") };
        var runner = new ScriptRunner(_settings, _events, notes);
        try
        {
            loop.Run(() => runner.RunAsync(loop, host));
        }
        catch (ScriptException thrown)
        {
            failure = thrown;
        }
        catch (Exception thrown) when (thrown is not OutOfMemoryException)
        {
            // One stack's exception is one script's failure.
            failure = new ScriptException(runner.Position, $"the stack under test or its sockets threw {thrown.GetType().Name}: {thrown.Message}");
        }

        if (failure is null && reported.Count > 0)
        {
            failure = new ScriptException(_events.Count > 0 ? _events[^1].Position : default, $"the stack reported a failure: {reported[0]}");
        }

        return new(Name, failure, notes);
    }
}
