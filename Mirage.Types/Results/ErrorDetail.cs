namespace Mirage;

/// <summary>
/// What a device adds to an error of its own. Derive from it to give callers a type to match on; see <see cref="DeviceError.TryGetDetail"/>.
/// </summary>
public abstract record ErrorDetail
{
    /// <summary>What was tried, with what, and why it failed, in one line for a person.</summary>
    public abstract string Text { get; }

    /// <inheritdoc/>
    public sealed override string ToString() => Text;
}

/// <summary>An explanation with no type of its own.</summary>
/// <param name="Text">What was tried, with what, and why it failed, in one line.</param>
public sealed record TextDetail(string Text) : ErrorDetail
{
    /// <inheritdoc/>
    public override string Text { get; } = Text;
}

/// <summary>A failure that the host reported by an exception.</summary>
/// <param name="Exception">The exception.</param>
public sealed record ExceptionDetail(Exception Exception) : ErrorDetail
{
    /// <inheritdoc/>
    public override string Text => Exception.Message;
}
