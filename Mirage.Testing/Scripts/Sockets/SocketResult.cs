namespace Mirage.Testing.Scripts;

/// <summary>The outcome of a socket call: a number that is not negative, or an error.</summary>
public readonly struct SocketResult
{
    private SocketResult(long value, Errno error, string? missing)
    {
        Value = value;
        Error = error;
        Missing = missing;
    }

    /// <summary>What the call returns: a descriptor, a count, 0; -1 with an error.</summary>
    public long Value { get; }

    /// <summary>Why it failed; <see cref="Errno.None"/> if it did not.</summary>
    public Errno Error { get; }

    /// <summary>What the stack under test does not have at all, in words, or <see langword="null"/>: a script that needs it is not understood.</summary>
    public string? Missing { get; }

    /// <summary>Whether the call did nothing because it would have had to wait.</summary>
    public bool WouldBlock => Error == Errno.EAGAIN;

    /// <summary>A success.</summary>
    /// <param name="value">What the call returns.</param>
    public static implicit operator SocketResult(long value) => new(value, Errno.None, null);

    /// <summary>A failure; 0 with <see cref="Errno.None"/>.</summary>
    /// <param name="error">Why.</param>
    public static implicit operator SocketResult(Errno error) => new(error == Errno.None ? 0 : -1, error, null);

    /// <summary>The stack has nothing like what was asked for.</summary>
    /// <param name="what">What it does not have, as <c>the option TCP_INQ</c>.</param>
    /// <returns>The outcome, which fails the script.</returns>
    public static SocketResult NotSupported(string what) => new(-1, Errno.EOPNOTSUPP, what);

    /// <summary>The outcome as scripts write it.</summary>
    public override string ToString() => Error == Errno.None ? $"{Value}" : $"-1 {Error}";
}
