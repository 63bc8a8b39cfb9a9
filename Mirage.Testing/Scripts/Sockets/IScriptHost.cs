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
    public required ScriptNetwork Network { get; init; }

    /// <summary>The stack's address, with its network.</summary>
    public required IpNetwork Local { get; init; }

    /// <summary>The router to everywhere else, which answers for every neighbour.</summary>
    public required IpAddress Gateway { get; init; }

    /// <summary>The address of the peer that the script plays.</summary>
    public required IpAddress Remote { get; init; }

    /// <summary>How the machine was set up that the script was written for, as far as its lines show. A host sets its stack up alike where it can; what the stack then does is
    /// compared all the same.</summary>
    public ScriptSetup Setup { get; init; } = new();
}

/// <summary>What a script's first SYN or SYN-ACK tells of the machine that it was written for.</summary>
public sealed record ScriptSetup
{
    /// <summary>The window scale, which follows from the largest receive buffer (RFC 7323 §2.3); <see langword="null"/> if the script does not say.</summary>
    public int? WindowScale { get; init; }

    /// <summary>The maximum segment size that is offered; <see langword="null"/> if the script does not say.</summary>
    public int? MaximumSegmentSize { get; init; }

    /// <summary>Whether a connection that the program begins offers timestamps; <see langword="null"/> if the script does not say.</summary>
    public bool? Timestamps { get; init; }

    /// <summary>Whether a connection that the program begins offers selective acknowledgement; <see langword="null"/> if the script does not say.</summary>
    public bool? SelectiveAcknowledgement { get; init; }

    /// <summary>Whether ECN is offered by who connects (RFC 3168 §6.1.1), or agreed to; <see langword="null"/> if the script has no handshake.</summary>
    public bool? Ecn { get; init; }
}
