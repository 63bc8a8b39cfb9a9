using System.Buffers.Binary;

namespace Mirage.Net.TcpIp.Wire;

/// <summary>A view of an IPv4 packet (RFC 791 §3.1). Valid as long as the bytes under it.</summary>
public readonly ref struct Ipv4Packet
{
    /// <summary>The length of a header without options in bytes.</summary>
    public const int HeaderSize = 20;

    /// <summary>The length of the longest header in bytes.</summary>
    public const int MaxHeaderSize = 60;

    /// <summary>The length of the Router Alert option in bytes (RFC 2113).</summary>
    public const int RouterAlertSize = 4;

    private const byte EndOfOptions = 0;
    private const byte NoOperation = 1;
    private const byte RouterAlert = 148;
    private const ushort DontFragmentFlag = 0x4000;
    private const ushort MoreFragmentsFlag = 0x2000;
    private const ushort FragmentOffsetMask = 0x1fff;

    private Ipv4Packet(ReadOnlySpan<byte> packet, int headerLength)
    {
        Packet = packet;
        HeaderLength = headerLength;
    }

    /// <summary>Header and payload, without what follows the total length.</summary>
    public ReadOnlySpan<byte> Packet { get; }

    /// <summary>The length of the header with its options in bytes: 20 to 60.</summary>
    public int HeaderLength { get; }

    /// <summary>The header with its options.</summary>
    public ReadOnlySpan<byte> Header => Packet[..HeaderLength];

    /// <summary>What follows the header.</summary>
    public ReadOnlySpan<byte> Payload => Packet[HeaderLength..];

    /// <summary>Whether routers on the way are to look at it (RFC 2113).</summary>
    public bool HasRouterAlert
    {
        get
        {
            var options = Packet[HeaderSize..HeaderLength];
            while (!options.IsEmpty && options[0] != EndOfOptions)
            {
                if (options[0] == RouterAlert)
                {
                    return true;
                }

                options = options[(options[0] == NoOperation ? 1 : options[1])..];
            }

            return false;
        }
    }

    /// <summary>DSCP and ECN (RFC 2474, RFC 3168).</summary>
    public byte TrafficClass => Packet[1];

    /// <summary>What fragments of one datagram have in common (RFC 6864).</summary>
    public ushort Identification => BinaryPrimitives.ReadUInt16BigEndian(Packet[4..]);

    /// <summary>Whether routers must not fragment it.</summary>
    public bool DontFragment => (Fragmentation & DontFragmentFlag) != 0;

    /// <summary>Whether fragments of the datagram follow this one.</summary>
    public bool MoreFragments => (Fragmentation & MoreFragmentsFlag) != 0;

    /// <summary>Where in the datagram the payload belongs, in bytes: 0 to 65,528. With the payload it may exceed what a datagram can hold.</summary>
    public int FragmentOffset => (Fragmentation & FragmentOffsetMask) << 3;

    /// <summary>Whether it is less than a whole datagram.</summary>
    public bool IsFragment => (Fragmentation & (MoreFragmentsFlag | FragmentOffsetMask)) != 0;

    /// <summary>How many routers it may still pass.</summary>
    public byte TimeToLive => Packet[8];

    /// <summary>What it carries.</summary>
    public IpProtocol Protocol => (IpProtocol)Packet[9];

    /// <summary>From whom.</summary>
    public Ipv4Address Source => new(Packet[12..]);

    /// <summary>To whom.</summary>
    public Ipv4Address Destination => new(Packet[16..]);

    private ushort Fragmentation => BinaryPrimitives.ReadUInt16BigEndian(Packet[6..]);

    /// <summary>Views a packet whose header is right and whose options, if it has any, may be ignored.</summary>
    /// <param name="packet">The packet; bytes after its total length, such as padding, are ignored.</param>
    /// <param name="result">The view, if valid.</param>
    /// <returns>Whether it is valid, or why not.</returns>
    public static Ipv4ParseStatus TryParse(ReadOnlySpan<byte> packet, out Ipv4Packet result)
    {
        result = default;
        if (packet.Length < HeaderSize)
        {
            return Ipv4ParseStatus.Truncated;
        }

        if (packet[0] >> 4 != 4)
        {
            return Ipv4ParseStatus.NotIpv4;
        }

        var headerLength = (packet[0] & 0xf) * 4;
        if (headerLength < HeaderSize)
        {
            return Ipv4ParseStatus.BadHeaderLength;
        }

        var totalLength = BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
        if (totalLength < headerLength)
        {
            return Ipv4ParseStatus.BadTotalLength;
        }

        if (packet.Length < totalLength)
        {
            return Ipv4ParseStatus.Truncated;
        }

        if (!InternetChecksum.IsValid(InternetChecksum.Sum(packet[..headerLength])))
        {
            return Ipv4ParseStatus.BadChecksum;
        }

        var status = headerLength == HeaderSize ? Ipv4ParseStatus.Valid : CheckOptions(packet[HeaderSize..headerLength]);
        result = status == Ipv4ParseStatus.Valid ? new Ipv4Packet(packet[..totalLength], headerLength) : default;
        return status;
    }

    /// <summary>Writes a header of 20 bytes with its checksum.</summary>
    /// <param name="header">At least 20 bytes.</param>
    /// <param name="fields">The fields.</param>
    public static void Write(Span<byte> header, in Ipv4Header fields)
    {
        header = header[..HeaderSize];
        var fragmentation = (uint)(fields.FragmentOffset >> 3) & FragmentOffsetMask;
        fragmentation |= (fields.DontFragment ? (uint)DontFragmentFlag : 0) | (fields.MoreFragments ? (uint)MoreFragmentsFlag : 0);
        var first = 0x4500_0000 | ((uint)fields.TrafficClass << 16) | fields.TotalLength;
        var second = ((uint)fields.Identification << 16) | fragmentation;
        var third = ((uint)fields.TimeToLive << 24) | ((uint)fields.Protocol << 16);

        // Summed before they are written: reading back what was just written by smaller stores would stall.
        var sum = InternetChecksum.Word(first) + InternetChecksum.Word(second) + InternetChecksum.Word(third)
            + InternetChecksum.Word(fields.Source.Value) + InternetChecksum.Word(fields.Destination.Value);
        BinaryPrimitives.WriteUInt32BigEndian(header, first);
        BinaryPrimitives.WriteUInt32BigEndian(header[4..], second);
        BinaryPrimitives.WriteUInt32BigEndian(header[8..], third | InternetChecksum.Finish(sum));
        fields.Source.CopyTo(header[12..]);
        fields.Destination.CopyTo(header[16..]);
    }

    /// <summary>Writes a header of 24 bytes with the Router Alert option and the checksum.</summary>
    /// <param name="header">At least 24 bytes.</param>
    /// <param name="fields">The fields.</param>
    public static void WriteWithRouterAlert(Span<byte> header, in Ipv4Header fields)
    {
        header = header[..(HeaderSize + RouterAlertSize)];
        Write(header, fields);
        header[0] = 0x46;
        BinaryPrimitives.WriteUInt32BigEndian(header[HeaderSize..], (uint)RouterAlert << 24 | RouterAlertSize << 16);
        BinaryPrimitives.WriteUInt16BigEndian(header[10..], 0);
        BinaryPrimitives.WriteUInt16BigEndian(header[10..], InternetChecksum.Finish(InternetChecksum.Sum(header)));
    }

    /// <summary>Where the first malformed option of a header is.</summary>
    /// <param name="packet">A packet that was refused with <see cref="Ipv4ParseStatus.BadOption"/>.</param>
    /// <returns>The offset in bytes from the start of the packet.</returns>
    public static int FindBadOption(ReadOnlySpan<byte> packet)
    {
        var options = packet[HeaderSize..((packet[0] & 0xf) * 4)];
        var position = 0;
        while (position < options.Length && (options[position] == NoOperation || (position + 1 < options.Length && options[position + 1] >= 2)))
        {
            var next = position + (options[position] == NoOperation ? 1 : options[position + 1]);
            if (next > options.Length)
            {
                break;
            }

            position = next;
        }

        return HeaderSize + position;
    }

    // RFC 791 §3.1: kinds 0 and 1 are one byte, all others have a length that counts kind and length.
    private static Ipv4ParseStatus CheckOptions(ReadOnlySpan<byte> options)
    {
        const byte LooseSourceRoute = 131, StrictSourceRoute = 137;
        while (!options.IsEmpty)
        {
            switch (options[0])
            {
                case EndOfOptions:
                    return Ipv4ParseStatus.Valid;
                case NoOperation:
                    options = options[1..];
                    continue;
                case LooseSourceRoute or StrictSourceRoute:
                    return Ipv4ParseStatus.SourceRoute;
                default:
                    if (options.Length < 2 || options[1] < 2 || options[1] > options.Length)
                    {
                        return Ipv4ParseStatus.BadOption;
                    }

                    options = options[options[1]..];
                    continue;
            }
        }

        return Ipv4ParseStatus.Valid;
    }
}
