using System.Buffers.Binary;

namespace Mirage.Net.TcpIp.Wire;

/// <summary>The headers between an IPv6 header and the transport's (RFC 8200 §4).</summary>
public static class Ipv6HeaderChain
{
    /// <summary>How many extension headers are followed at the most; no sender has use for as many (RFC 8504 §5.3).</summary>
    public const int MaxHeaders = 8;

    /// <summary>The length of a fragment header in bytes.</summary>
    public const int FragmentHeaderSize = 8;

    /// <summary>Whether a number names a header that is skipped to find the transport's.</summary>
    /// <param name="type">The number.</param>
    /// <returns>Whether it does.</returns>
    public static bool IsExtension(IpProtocol type)
        => type is IpProtocol.HopByHopOptions or IpProtocol.Ipv6Routing or IpProtocol.Ipv6Fragment or IpProtocol.DestinationOptions;

    /// <summary>The length of an extension header.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="offset">Where the header starts.</param>
    /// <param name="type">What it is.</param>
    /// <param name="length">Its length in bytes, at least 8.</param>
    /// <returns>Whether all of it is there.</returns>
    public static bool TryGetLength(ReadOnlySpan<byte> packet, int offset, IpProtocol type, out int length)
    {
        length = FragmentHeaderSize;
        if (packet.Length < offset + FragmentHeaderSize)
        {
            return false;
        }

        length = type == IpProtocol.Ipv6Fragment ? FragmentHeaderSize : (packet[offset + 1] + 1) * 8;
        return packet.Length >= offset + length;
    }

    /// <summary>Finds the transport's header of a packet, or of as much of it as an error quotes.</summary>
    /// <param name="packet">The packet, from its IPv6 header of 40 bytes on.</param>
    /// <param name="end">Where the chain ends.</param>
    /// <returns>Whether it ends within the packet, in at most <see cref="MaxHeaders"/> headers.</returns>
    public static bool TryFindEnd(ReadOnlySpan<byte> packet, out Ipv6ChainEnd end)
        => TryFindEnd(packet, (IpProtocol)packet[Ipv6Packet.NextHeaderPosition], Ipv6Packet.NextHeaderPosition, Ipv6Packet.HeaderSize, out end);

    /// <summary>Finds the transport's header from somewhere in the chain on.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="type">What comes next.</param>
    /// <param name="position">Where the packet says so.</param>
    /// <param name="offset">Where it starts.</param>
    /// <param name="end">Where the chain ends.</param>
    /// <returns>Whether it ends within the packet, in at most <see cref="MaxHeaders"/> headers.</returns>
    public static bool TryFindEnd(ReadOnlySpan<byte> packet, IpProtocol type, int position, int offset, out Ipv6ChainEnd end)
    {
        var isLaterFragment = false;
        for (var count = 0; IsExtension(type) && !isLaterFragment; count++)
        {
            if (count == MaxHeaders || !TryGetLength(packet, offset, type, out var length))
            {
                end = default;
                return false;
            }

            isLaterFragment = type == IpProtocol.Ipv6Fragment && FragmentOffset(packet[offset..]) != 0;
            type = (IpProtocol)packet[offset];
            position = offset;
            offset += length;
        }

        end = new Ipv6ChainEnd(type, position, offset, isLaterFragment);
        return true;
    }

    /// <summary>Where in what was fragmented a fragment belongs, in bytes.</summary>
    /// <param name="header">The fragment header.</param>
    /// <returns>A multiple of 8 up to 65,528.</returns>
    public static int FragmentOffset(ReadOnlySpan<byte> header) => BinaryPrimitives.ReadUInt16BigEndian(header[2..]) & 0xfff8;

    /// <summary>Whether fragments of the packet follow this one.</summary>
    /// <param name="header">The fragment header.</param>
    /// <returns>Whether they do.</returns>
    public static bool MoreFragments(ReadOnlySpan<byte> header) => (header[3] & 1) != 0;

    /// <summary>What the fragments of one packet have in common.</summary>
    /// <param name="header">The fragment header.</param>
    /// <returns>The identification.</returns>
    public static uint Identification(ReadOnlySpan<byte> header) => BinaryPrimitives.ReadUInt32BigEndian(header[4..]);

    /// <summary>Writes a fragment header.</summary>
    /// <param name="header">At least 8 bytes.</param>
    /// <param name="next">What was fragmented.</param>
    /// <param name="offset">Where in it the fragment belongs, in bytes: a multiple of 8 up to 65,528.</param>
    /// <param name="more">Whether fragments follow.</param>
    /// <param name="identification">What the fragments of one packet have in common.</param>
    public static void WriteFragmentHeader(Span<byte> header, IpProtocol next, int offset, bool more, uint identification)
    {
        header[0] = (byte)next;
        header[1] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)(offset | (more ? 1 : 0)));
        BinaryPrimitives.WriteUInt32BigEndian(header[4..], identification);
    }
}

/// <summary>Where a chain of headers ends.</summary>
/// <param name="Protocol">What comes after it.</param>
/// <param name="Position">Where in the packet that is said.</param>
/// <param name="Offset">Where it starts.</param>
/// <param name="IsLaterFragment">Whether it is a fragment other than the first, so that no header starts there.</param>
public readonly record struct Ipv6ChainEnd(IpProtocol Protocol, int Position, int Offset, bool IsLaterFragment);
