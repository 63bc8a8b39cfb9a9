namespace Mirage.Net.Tap;

/// <summary>Why a TAP or TUN interface could not be opened.</summary>
/// <param name="Interface">The interface's name.</param>
/// <param name="Errno">The kernel's error number, or 0 if it was not asked.</param>
/// <param name="Explanation">What was tried, why it failed, and what to do, in one line.</param>
public sealed record TapError(string Interface, int Errno, string Explanation) : ErrorDetail
{
    /// <inheritdoc/>
    public override string Text => Explanation;
}
