using System.Buffers.Binary;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>Checksums of which the device was to do the rest: what is cut into fragments cannot leave its checksum to it.</summary>
internal static class PartialChecksum
{
    /// <summary>Completes the checksum of a payload, if it is partial.</summary>
    public static void Complete(Span<byte> payload, in FrameInfo info)
    {
        if (info.Checksum != ChecksumState.Partial)
        {
            return;
        }

        var covered = payload[info.ChecksumStart..];
        var sum = Checksum.Sum(covered);

        // RFC 768: in UDP a checksum of zero means that there is none.
        var checksum = info.ChecksumOffset == UdpDatagram.ChecksumPosition ? UdpDatagram.ComputeChecksum(sum) : Checksum.Finish(sum);
        BinaryPrimitives.WriteUInt16BigEndian(covered[info.ChecksumOffset..], checksum);
    }
}
