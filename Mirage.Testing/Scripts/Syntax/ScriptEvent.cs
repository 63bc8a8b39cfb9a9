namespace Mirage.Testing.Scripts;

internal enum TimeKind
{
    Absolute,
    Relative,
    Any,
    AbsoluteRange,
    RelativeRange,
}

/// <summary>When something happens, in microseconds. The end counts for ranges only.</summary>
internal readonly record struct EventTime(TimeKind Kind, long Start, long End)
{
    public bool IsRelative => Kind is TimeKind.Relative or TimeKind.RelativeRange;

    public bool IsRange => Kind is TimeKind.AbsoluteRange or TimeKind.RelativeRange;
}

/// <summary>A line of a script: when, and what.</summary>
internal sealed record ScriptEvent(SourcePosition Position, EventTime Time, ScriptAction Action);

/// <summary>What happens.</summary>
internal abstract record ScriptAction;

/// <summary>A call of the program's, with the outcome that is expected.</summary>
/// <param name="Name">The system call.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Result">What it returns.</param>
/// <param name="Error">The name of the error, or <see langword="null"/>.</param>
/// <param name="End">For a call that blocks, when it returns, in microseconds; relative if its beginning is.</param>
internal sealed record CallAction(string Name, IReadOnlyList<Expression> Arguments, Expression Result, string? Error, long? End) : ScriptAction;

/// <summary>Assertions about the connection, in Python.</summary>
internal sealed record CodeAction(string Text) : ScriptAction;

/// <summary>A shell command: skipped.</summary>
internal sealed record CommandAction(string Text) : ScriptAction;
