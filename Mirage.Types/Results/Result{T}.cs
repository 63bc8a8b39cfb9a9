using System.Diagnostics.CodeAnalysis;

namespace Mirage;

/// <summary>The outcome of an operation that yields a value: the value, or an error. Never ignore one.</summary>
/// <typeparam name="T">The value's type.</typeparam>
public readonly struct Result<T>
{
    private readonly T _value;

    /// <summary>A value.</summary>
    /// <param name="value">The value.</param>
    public Result(T value) => _value = value;

    /// <summary>A failure.</summary>
    /// <param name="error">The error; not <see cref="ErrorKind.None"/>.</param>
    public Result(DeviceError error)
    {
        ArgumentOutOfRangeException.ThrowIfEqual((byte)error.Kind, (byte)ErrorKind.None, nameof(error));
        _value = default!;
        Error = error;
    }

    /// <summary>Why it failed, or the default value.</summary>
    public DeviceError Error { get; }

    /// <summary>Whether there is a value.</summary>
    public bool IsDone => Error.Kind == ErrorKind.None;

    /// <summary>The value.</summary>
    /// <exception cref="DeviceException">It failed.</exception>
    public T Value
    {
        get
        {
            if (!IsDone)
            {
                Result.Throw(Error);
            }

            return _value;
        }
    }

    /// <summary>The value, if there is one.</summary>
    /// <param name="value">The value.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryGet([MaybeNullWhen(false)] out T value)
    {
        value = _value;
        return IsDone;
    }

    /// <summary>Throws if it failed.</summary>
    /// <returns>The value.</returns>
    /// <exception cref="DeviceException">It failed.</exception>
    public T ThrowIfFailed() => Value;

    /// <summary>A value.</summary>
    /// <param name="value">The value.</param>
    public static implicit operator Result<T>(T value) => new(value);

    /// <summary>A failure.</summary>
    /// <param name="error">The error.</param>
    public static implicit operator Result<T>(DeviceError error) => new(error);

    /// <summary>A failure.</summary>
    /// <param name="kind">The kind of the error.</param>
    public static implicit operator Result<T>(ErrorKind kind) => new(new DeviceError(kind));

    /// <inheritdoc/>
    public override string ToString() => IsDone ? $"{_value}" : Error.ToString();
}
