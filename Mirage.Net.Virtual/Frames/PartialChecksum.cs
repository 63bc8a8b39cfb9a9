using System.Buffers.Binary;

namespace Mirage.Net.Virtual;

/// <summary>Completes the checksum of a frame that a device was to complete: RFC 1071 over what follows the start; the field holds the
/// pseudo-header's sum.</summary>
internal static class PartialChecksum
{
    private const int UdpOffset = 6;

    public static void Complete(Span<byte> frame, in FrameInfo info)
    {
        if (info.Checksum != ChecksumState.Partial || info.ChecksumStart + info.ChecksumOffset + sizeof(ushort) > frame.Length)
        {
            return;
        }

        var covered = frame[info.ChecksumStart..];
        var checksum = (ushort)~InternetSum.Fold(InternetSum.Add(covered));

        // In UDP zero means "none"; a sum that comes out as zero is sent as all ones (RFC 768).
        if (checksum == 0 && info.ChecksumOffset == UdpOffset)
        {
            checksum = ushort.MaxValue;
        }

        BinaryPrimitives.WriteUInt16BigEndian(covered[info.ChecksumOffset..], checksum);
    }
}
