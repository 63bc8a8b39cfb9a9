namespace Mirage.Testing.Scripts;

/// <summary>How a script ended.</summary>
/// <param name="Name">The script's name.</param>
/// <param name="Failure">Why it failed and where; <see langword="null"/> if it passed.</param>
/// <param name="Notes">What was skipped, and other remarks, in the order of the script.</param>
public sealed record ScriptOutcome(string Name, ScriptException? Failure, IReadOnlyList<string> Notes)
{
    /// <summary>Whether everything was as the script says.</summary>
    public bool HasPassed => Failure is null;

    /// <summary>One line for a person: <c>NAME: passed</c>, or <c>NAME:12:7: failed: reason</c>; without the place if it is in no script, but in an option from outside.</summary>
    public override string ToString() => Failure switch
    {
        null => $"{Name}: passed",
        { Position.Line: 0 } => $"{Name}: failed: {Failure.Reason}",
        _ => $"{Name}:{Failure.Position}: failed: {Failure.Reason}",
    };
}
