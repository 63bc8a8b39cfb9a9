namespace Mirage.Testing.Scripts;

/// <summary>A place in a script.</summary>
/// <param name="Line">The line, from 1.</param>
/// <param name="Column">The character in the line, from 1.</param>
public readonly record struct SourcePosition(int Line, int Column)
{
    /// <summary>Line and column as <c>12:7</c>.</summary>
    public override string ToString() => $"{Line}:{Column}";
}
