namespace Mirage;

/// <summary>The outcome of a read: at least one byte, or the end, or an error.</summary>
public readonly struct FlowRead
{
    private readonly bool _open;

    private FlowRead(int count, bool open, DeviceError error)
    {
        Count = count;
        _open = open;
        Error = error;
    }

    /// <summary>The peer has ended its side; nothing more will come.</summary>
    public static FlowRead End => default;

    /// <summary>How many bytes were read: 0 at the end and on an error.</summary>
    public int Count { get; }

    /// <summary>Why it failed, or the default value.</summary>
    public DeviceError Error { get; }

    /// <summary>Whether there are bytes.</summary>
    public bool HasData => Count > 0;

    /// <summary>Whether the peer has ended its side.</summary>
    public bool IsEnd => !_open && Error.Kind == ErrorKind.None;

    /// <summary>Whether it failed.</summary>
    public bool IsError => Error.Kind != ErrorKind.None;

    /// <summary>Some bytes.</summary>
    /// <param name="count">How many: at least 1, or 0 for a read into an empty buffer.</param>
    /// <returns>The outcome.</returns>
    public static FlowRead Data(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return new(count, open: true, default);
    }

    /// <summary>A failure.</summary>
    /// <param name="error">The error; not <see cref="ErrorKind.None"/>.</param>
    /// <returns>The outcome.</returns>
    public static FlowRead Failed(DeviceError error)
    {
        ArgumentOutOfRangeException.ThrowIfEqual((byte)error.Kind, (byte)ErrorKind.None, nameof(error));
        return new(0, open: false, error);
    }

    /// <summary>Throws if it failed.</summary>
    /// <returns>How many bytes were read; 0 at the end.</returns>
    /// <exception cref="DeviceException">It failed.</exception>
    public int ThrowIfFailed()
    {
        if (IsError)
        {
            Result.Throw(Error);
        }

        return Count;
    }

    /// <inheritdoc/>
    public override string ToString() => IsError ? Error.ToString() : IsEnd ? "end" : $"{Count} bytes";
}
