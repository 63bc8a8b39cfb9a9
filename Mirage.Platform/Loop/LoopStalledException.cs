namespace Mirage;

/// <summary>A loop in virtual time has nothing left that could ever happen, and its program has not ended.</summary>
public sealed class LoopStalledException : InvalidOperationException
{
    /// <summary>The exception, with the virtual time at which it happened.</summary>
    /// <param name="now">The time.</param>
    public LoopStalledException(Instant now)
        : base($"at {now} the program waits for something, and no timer, frame or posted work is left that could bring it")
    {
    }
}
