using System.Buffers.Binary;

namespace Mirage.Net.TcpIp.Wire;

/// <summary>
/// A view of a neighbour solicitation or advertisement (RFC 4861 §4.3, §4.4): an ICMPv6 message whose checksum is known to be right. Valid as long as the
/// bytes under it.
/// </summary>
public readonly ref struct NeighbourMessage
{
    /// <summary>The length without options in bytes.</summary>
    public const int Size = 24;

    /// <summary>Advertisement: the sender is a router.</summary>
    public const uint RouterFlag = 0x8000_0000;

    /// <summary>Advertisement: it answers a solicitation.</summary>
    public const uint SolicitedFlag = 0x4000_0000;

    /// <summary>Advertisement: it replaces what is known.</summary>
    public const uint OverrideFlag = 0x2000_0000;

    private readonly ReadOnlySpan<byte> _message;

    private NeighbourMessage(ReadOnlySpan<byte> message) => _message = message;

    /// <summary>Whose link-layer address is asked for or told.</summary>
    public Ipv6Address Target => new(_message[8..]);

    /// <summary>Advertisement: whether the sender is a router.</summary>
    public bool IsRouter => (Flags & RouterFlag) != 0;

    /// <summary>Advertisement: whether it answers a solicitation.</summary>
    public bool IsSolicited => (Flags & SolicitedFlag) != 0;

    /// <summary>Advertisement: whether it replaces what is known.</summary>
    public bool IsOverride => (Flags & OverrideFlag) != 0;

    /// <summary>The options.</summary>
    public NdpOptions Options => new(_message[Size..]);

    private uint Flags => BinaryPrimitives.ReadUInt32BigEndian(_message[4..]);

    /// <summary>Views a message, with the checks of RFC 4861 §7.1 that need no knowledge of this host's addresses.</summary>
    /// <param name="info">From the IP header.</param>
    /// <param name="message">The message.</param>
    /// <param name="result">The view.</param>
    /// <returns>Whether it is valid.</returns>
    public static bool TryParse(in IpPacketInfo info, ReadOnlySpan<byte> message, out NeighbourMessage result)
    {
        result = default;
        if (info.TimeToLive != 255 || message.Length < Size || message[1] != 0)
        {
            return false;
        }

        var parsed = new NeighbourMessage(message);
        if (parsed.Target.IsMulticast || !parsed.Options.IsValid)
        {
            return false;
        }

        if ((Icmpv6Type)message[0] == Icmpv6Type.NeighbourAdvertisement)
        {
            // §7.1.2: an answer goes to one host.
            if (parsed.IsSolicited && info.Destination.IsMulticast)
            {
                return false;
            }
        }
        else if (info.Source.IsAny
            && (!Ipv6Groups.IsSolicitedNode(info.Destination.V6) || parsed.Options.TryGetLinkAddress(NdpOptionType.SourceLinkAddress, out _)))
        {
            // §7.1.1: who has no address yet asks the group of the address that it means to have, and cannot be answered directly.
            return false;
        }

        result = parsed;
        return true;
    }

    /// <summary>Writes a message with at most one option, and its checksum.</summary>
    /// <param name="source">From the IP header.</param>
    /// <param name="destination">From the IP header.</param>
    /// <param name="message">24 bytes, and as many as the option has.</param>
    /// <param name="type">Solicitation or advertisement.</param>
    /// <param name="flags">The flags of an advertisement.</param>
    /// <param name="target">The target.</param>
    /// <param name="option">The option; may be empty.</param>
    public static void Write(
        in Ipv6Address source, in Ipv6Address destination, Span<byte> message, Icmpv6Type type, uint flags, in Ipv6Address target, ReadOnlySpan<byte> option)
    {
        target.CopyTo(message[8..]);
        option.CopyTo(message[Size..]);
        Icmpv6Message.Write(source, destination, message, type, 0, flags);
    }
}
