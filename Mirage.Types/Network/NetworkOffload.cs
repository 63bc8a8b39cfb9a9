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

    /// <summary>
    /// Cuts a TCP frame larger than the MTU into segments on sending: one over IPv4 or IPv6 without extension headers, with <see cref="FrameInfo.SegmentSize"/> and a partial
    /// checksum whose field has the sum of the pseudo-header for its whole length. It implies <see cref="SendChecksum"/>. Each segment has the frame's headers with its own
    /// sequence number, lengths and checksums; PSH and FIN are the last one's only, CWR is the first one's (RFC 3168 §6.1.2), and the identification of IPv4 counts up where
    /// routers may fragment.
    /// </summary>
    SendSegmentation = 4,

    /// <summary>
    /// May deliver several TCP segments of one connection, which follow each other and are otherwise the same, as one frame larger than the MTU, of up to 65,535 bytes with
    /// its IP header. Their checksums have been verified: it implies <see cref="ReceiveChecksum"/>. <see cref="FrameInfo.SegmentSize"/> is what each of them carried, but for
    /// the last.
    /// </summary>
    ReceiveCoalescing = 8,
}
