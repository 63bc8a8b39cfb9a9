namespace Mirage.Testing.Scripts;

/// <summary>A script that is not understood, or whose expectation was not met.</summary>
/// <param name="position">Where in the script.</param>
/// <param name="reason">What was expected, and what there was instead.</param>
public sealed class ScriptException(SourcePosition position, string reason) : Exception($"{position}: {reason}")
{
    /// <summary>Where in the script.</summary>
    public SourcePosition Position { get; } = position;

    /// <summary>What was expected, and what there was instead.</summary>
    public string Reason { get; } = reason;
}
