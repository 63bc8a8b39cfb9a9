using System.Buffers.Binary;

namespace Mirage;

/// <summary>
/// The Internet checksum (RFC 1071). A sum is the plain 64-bit sum of 32-bit words in the machine's byte order, so that sums of parts combine by
/// addition (at most 16 GiB in all), and only <see cref="Fold"/> and <see cref="Finish"/> give values with a meaning of their own.
/// </summary>
public static partial class InternetChecksum
{
    private const int UdpChecksumOffset = 6;

    /// <summary>Adds bytes to a sum.</summary>
    /// <param name="data">The bytes. An odd length is padded with a zero byte, so only the last part of what is summed may be odd.</param>
    /// <param name="sum">The sum of what precedes.</param>
    /// <returns>The sum with the bytes added.</returns>
    public static ulong Sum(ReadOnlySpan<byte> data, ulong sum = 0)
        => Accumulate<SumOnly>(data, default, sum);

    /// <summary>Copies bytes and adds them to a sum in one pass.</summary>
    /// <param name="source">The bytes; as in <see cref="Sum"/>, only the last part may be odd.</param>
    /// <param name="destination">Where to; at least as long, and not overlapping.</param>
    /// <param name="sum">The sum of what precedes.</param>
    /// <returns>The sum with the bytes added.</returns>
    /// <exception cref="ArgumentException">The destination is shorter than the source.</exception>
    public static ulong CopyAndSum(ReadOnlySpan<byte> source, Span<byte> destination, ulong sum = 0)
    {
        if (destination.Length < source.Length)
        {
            throw new ArgumentException($"{destination.Length} bytes do not hold {source.Length}", nameof(destination));
        }

        return Accumulate<SumAndCopy>(source, destination, sum);
    }

    /// <summary>Folds a sum to 16 bits with end-around carry, not complemented.</summary>
    /// <param name="sum">The sum.</param>
    /// <returns>The value to write in network order (<see cref="BinaryPrimitives.WriteUInt16BigEndian"/>).</returns>
    public static ushort Fold(ulong sum)
    {
        // Each step adds the upper half to the lower with its carry: 64 to 32 to 16 bits.
        var sum32 = (uint)sum + (uint)(sum >> 32);
        sum32 += sum32 < (uint)sum ? 1u : 0;
        var sum16 = (sum32 & 0xffff) + (sum32 >> 16);
        sum16 += sum16 >> 16;
        return NetworkOrder((ushort)sum16);
    }

    /// <summary>The checksum: the complement of the folded sum.</summary>
    /// <param name="sum">The sum, with the checksum field taken as zero.</param>
    /// <returns>The value to write in network order.</returns>
    public static ushort Finish(ulong sum) => (ushort)~Fold(sum);

    /// <summary>The sum of the pseudo-header of TCP, UDP and ICMPv6 (RFC 9293 §3.1, RFC 8200 §8.1).</summary>
    /// <param name="source">The source address, of the same family as the destination.</param>
    /// <param name="destination">The destination address.</param>
    /// <param name="protocol">The protocol.</param>
    /// <param name="length">The length of the transport header and payload in bytes.</param>
    /// <returns>The sum.</returns>
    public static ulong PseudoHeader(in IpAddress source, in IpAddress destination, IpProtocol protocol, int length)
    {
        // Protocol and length are 16 bits wide in IPv4's and 32 in IPv6's: the same sum.
        var sum = (ulong)NetworkOrder((uint)protocol) + NetworkOrder((uint)length);
        return source.IsV4
            ? sum + NetworkOrder(source.V4.Value) + NetworkOrder(destination.V4.Value)
            : sum + Words(source.V6.Value) + Words(destination.V6.Value);
    }

    /// <summary>Whether what was summed, checksum field included, is intact.</summary>
    /// <param name="sumIncludingField">The sum.</param>
    /// <returns>Whether it folds to <c>0xffff</c>.</returns>
    public static bool IsValid(ulong sumIncludingField) => Fold(sumIncludingField) == 0xffff;

    /// <summary>The sum of four bytes that are at hand as a number.</summary>
    /// <param name="value">The bytes as a number in network order.</param>
    /// <returns>The sum.</returns>
    public static ulong Word(uint value) => NetworkOrder(value);

    /// <summary>Completes a checksum that was left to a device (<see cref="ChecksumState.Partial"/>): its field holds the sum of the pseudo-header. Any other is left as it is, and so is one
    /// whose field does not lie in the frame.</summary>
    /// <param name="frame">What <see cref="FrameInfo.ChecksumStart"/> counts from: a frame, a packet or a payload.</param>
    /// <param name="info">What goes with it.</param>
    public static void Complete(Span<byte> frame, in FrameInfo info)
    {
        if (info.Checksum != ChecksumState.Partial || info.ChecksumStart + info.ChecksumOffset + sizeof(ushort) > frame.Length)
        {
            return;
        }

        var covered = frame[info.ChecksumStart..];
        var checksum = Finish(Sum(covered));

        // RFC 768: in UDP a checksum of zero means that there is none, and one that comes out as zero is sent as all ones.
        if (checksum == 0 && info.ChecksumOffset == UdpChecksumOffset)
        {
            checksum = ushort.MaxValue;
        }

        BinaryPrimitives.WriteUInt16BigEndian(covered[info.ChecksumOffset..], checksum);
    }

    private static ulong Words(UInt128 value)
    {
        var upper = NetworkOrder((ulong)(value >> 64));
        var lower = NetworkOrder((ulong)value);
        return (upper >> 32) + (uint)upper + (lower >> 32) + (uint)lower;
    }

    private static ushort NetworkOrder(ushort value) => BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;

    private static uint NetworkOrder(uint value) => BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;

    private static ulong NetworkOrder(ulong value) => BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;
}
