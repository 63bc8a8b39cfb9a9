namespace Mirage;

/// <summary>
/// Why an operation on a device failed: a kind from a closed list that every caller can match on, and, where the device has more to
/// say, a detail of the device's own type. The default value means that nothing failed.
/// </summary>
/// <param name="kind">The kind.</param>
/// <param name="detail">More, or <see langword="null"/>.</param>
public readonly struct DeviceError(ErrorKind kind, ErrorDetail? detail = null) : IEquatable<DeviceError>
{
    /// <summary>An error with an explanation in words.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="text">What was tried, with what, and why it failed, in one line.</param>
    public DeviceError(ErrorKind kind, string text)
        : this(kind, new TextDetail(text))
    {
    }

    /// <summary>The kind; <see cref="ErrorKind.None"/> when nothing failed.</summary>
    public ErrorKind Kind { get; } = kind;

    /// <summary>What the device adds, or <see langword="null"/>.</summary>
    public ErrorDetail? Detail { get; } = detail;

    /// <summary>Whether nothing failed.</summary>
    public bool IsNone => Kind == ErrorKind.None;

    /// <summary>The detail, if it is of the type asked for.</summary>
    /// <typeparam name="TDetail">A device's own detail type.</typeparam>
    /// <param name="detail">The detail.</param>
    /// <returns>Whether there is one of that type.</returns>
    public bool TryGetDetail<TDetail>([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out TDetail? detail)
        where TDetail : ErrorDetail
    {
        detail = Detail as TDetail;
        return detail is not null;
    }

    /// <summary>An exception for callers that want one.</summary>
    /// <returns>A new exception; it is not thrown.</returns>
    public DeviceException ToException() => new(this);

    /// <summary>An error of a kind, with nothing to add.</summary>
    /// <param name="kind">The kind.</param>
    public static implicit operator DeviceError(ErrorKind kind) => new(kind);

    /// <inheritdoc/>
    public bool Equals(DeviceError other) => Kind == other.Kind && Equals(Detail, other.Detail);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is DeviceError other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Kind, Detail);

    /// <summary>Whether two errors have the same kind and detail.</summary>
    public static bool operator ==(DeviceError left, DeviceError right) => left.Equals(right);

    /// <summary>Whether two errors differ in kind or detail.</summary>
    public static bool operator !=(DeviceError left, DeviceError right) => !left.Equals(right);

    /// <summary>One line for a person.</summary>
    public override string ToString() => Detail?.Text ?? Kind switch
    {
        ErrorKind.None => "no error",
        ErrorKind.Closed => "closed",
        ErrorKind.Reset => "connection reset",
        ErrorKind.Refused => "connection refused",
        ErrorKind.TimedOut => "timed out",
        ErrorKind.Unreachable => "destination unreachable",
        ErrorKind.InUse => "already in use",
        ErrorKind.NotPermitted => "not permitted",
        ErrorKind.Full => "no room now",
        ErrorKind.TooLarge => "too large",
        ErrorKind.Invalid => "invalid argument",
        ErrorKind.NotFound => "not found",
        ErrorKind.AlreadyPresent => "already present",
        ErrorKind.Unsupported => "not supported by this device",
        ErrorKind.Disconnected => "device disconnected",
        ErrorKind.ReadOnly => "device is read-only",
        _ => "device failure",
    };
}
