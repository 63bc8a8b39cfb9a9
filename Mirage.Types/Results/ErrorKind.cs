namespace Mirage;

/// <summary>What went wrong, in the terms every device shares. A device that has more to say adds an <see cref="ErrorDetail"/>.</summary>
public enum ErrorKind : byte
{
    /// <summary>Nothing went wrong.</summary>
    None = 0,

    /// <summary>This end was closed or shut down before, or the handle is stale: what it named has been recycled.</summary>
    Closed,

    /// <summary>The peer reset the connection (RFC 9293 §3.5.2), or it was aborted on this side.</summary>
    Reset,

    /// <summary>The peer refused the connection.</summary>
    Refused,

    /// <summary>No answer came in the time allowed.</summary>
    TimedOut,

    /// <summary>No route, no neighbour, or a router said that the destination cannot be reached.</summary>
    Unreachable,

    /// <summary>The port, address or device is taken.</summary>
    InUse,

    /// <summary>The host does not permit it.</summary>
    NotPermitted,

    /// <summary>A bounded queue, table or buffer is full now; the same call may succeed later.</summary>
    Full,

    /// <summary>The data does not fit what the device can carry.</summary>
    TooLarge,

    /// <summary>The argument is outside what this device accepts.</summary>
    Invalid,

    /// <summary>The named thing is not there.</summary>
    NotFound,

    /// <summary>The named thing is there already.</summary>
    AlreadyPresent,

    /// <summary>The device cannot do this at all.</summary>
    Unsupported,

    /// <summary>The device underneath is gone.</summary>
    Disconnected,

    /// <summary>The device takes no writes.</summary>
    ReadOnly,

    /// <summary>A failure with no shared name; see <see cref="DeviceError.Detail"/>.</summary>
    Other,
}
