using System.Diagnostics.CodeAnalysis;

namespace Mirage;

/// <summary>The outcome of an operation that yields no value: done, or an error. The default value is done. Never ignore one.</summary>
public readonly struct Result
{
    /// <summary>An outcome from an error; <see cref="ErrorKind.None"/> gives done.</summary>
    /// <param name="error">The error.</param>
    public Result(DeviceError error) => Error = error;

    /// <summary>Done.</summary>
    public static Result Done => default;

    /// <summary>Why it failed, or the default value.</summary>
    public DeviceError Error { get; }

    /// <summary>Whether it was done.</summary>
    public bool IsDone => Error.Kind == ErrorKind.None;

    /// <summary>Throws if it failed.</summary>
    /// <exception cref="DeviceException">It failed.</exception>
    public void ThrowIfFailed()
    {
        if (!IsDone)
        {
            Throw(Error);
        }
    }

    /// <summary>A failed outcome.</summary>
    /// <param name="error">The error.</param>
    public static implicit operator Result(DeviceError error) => new(error);

    /// <summary>A failed outcome.</summary>
    /// <param name="kind">The kind of the error.</param>
    public static implicit operator Result(ErrorKind kind) => new(kind);

    /// <inheritdoc/>
    public override string ToString() => IsDone ? "done" : Error.ToString();

    [DoesNotReturn]
    internal static void Throw(DeviceError error) => throw error.ToException();
}
