using Mirage.Net.Virtual;

namespace Mirage.Testing.Scripts;

/// <summary>Makes a stack under test for each script.</summary>
public interface IScriptHost
{
    /// <summary>Makes a stack on one end of a link, at whose other end the script is. Called on the loop.</summary>
    /// <param name="link">The link, and the addresses that the script expects.</param>
    /// <returns>The stack's sockets, once its addresses can be used: the script's time begins then.</returns>
    ValueTask<IScriptSockets> StartAsync(ScriptLink link);
}

/// <summary>The link between a stack under test and a script.</summary>
public sealed record ScriptLink
{
    /// <summary>The platform of the simulation.</summary>
    public required SimulatedPlatform Platform { get; init; }

    /// <summary>The stack's device; the stack disconnects it with itself, or leaves it.</summary>
    public required VirtualNetwork Network { get; init; }

    /// <summary>The stack's address, with its network.</summary>
    public required IpNetwork Local { get; init; }

    /// <summary>The router to everywhere else, which answers for every neighbour.</summary>
    public required IpAddress Gateway { get; init; }

    /// <summary>The address of the peer that the script plays.</summary>
    public required IpAddress Remote { get; init; }
}
