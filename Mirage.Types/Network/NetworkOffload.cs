namespace Mirage;

/// <summary>
/// What a device does in place of the stack. It is a static member of the device's type, so that code for what is absent is not even compiled.
/// </summary>
[Flags]
public enum NetworkOffload : byte
{
    /// <summary>Nothing: frames leave as they are and arrive unchecked.</summary>
    None = 0,

    /// <summary>Completes a partial TCP or UDP checksum on sending.</summary>
    SendChecksum = 1,

    /// <summary>May say that a received checksum is valid or partial.</summary>
    ReceiveChecksum = 2,

    /// <summary>Cuts a TCP frame larger than the MTU into segments on sending.</summary>
    SendSegmentation = 4,

    /// <summary>May deliver several TCP segments as one frame larger than the MTU.</summary>
    ReceiveCoalescing = 8,
}
