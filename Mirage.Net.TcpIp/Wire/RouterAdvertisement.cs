using System.Buffers.Binary;

namespace Mirage.Net.TcpIp.Wire;

/// <summary>How much a router wants to be used (RFC 4191 §2.1).</summary>
public enum RouterPreference : sbyte
{
    /// <summary>Only if there is no other.</summary>
    Low = -1,

    /// <summary>As any other.</summary>
    Medium = 0,

    /// <summary>Before others.</summary>
    High = 1,
}

/// <summary>A view of a router advertisement (RFC 4861 §4.2): an ICMPv6 message whose checksum is known to be right. Valid as long as the bytes under it.</summary>
public readonly ref struct RouterAdvertisement
{
    /// <summary>The length without options in bytes.</summary>
    public const int Size = 16;

    private readonly ReadOnlySpan<byte> _message;

    private RouterAdvertisement(ReadOnlySpan<byte> message) => _message = message;

    /// <summary>The hop limit that hosts are to use; 0 if the router does not say.</summary>
    public byte HopLimit => _message[4];

    /// <summary>The router's preference; the reserved value counts as medium (RFC 4191 §2.2).</summary>
    public RouterPreference Preference => ((_message[5] >> 3) & 3) switch
    {
        1 => RouterPreference.High,
        3 => RouterPreference.Low,
        _ => RouterPreference.Medium,
    };

    /// <summary>For how long it is a default router; zero if it is none.</summary>
    public TimeSpan RouterLifetime => TimeSpan.FromSeconds(BinaryPrimitives.ReadUInt16BigEndian(_message[6..]));

    /// <summary>For how long hosts believe a neighbour that has answered; zero if the router does not say.</summary>
    public TimeSpan ReachableTime => TimeSpan.FromMilliseconds(BinaryPrimitives.ReadUInt32BigEndian(_message[8..]));

    /// <summary>How long hosts wait for a neighbour's answer; zero if the router does not say.</summary>
    public TimeSpan RetransTimer => TimeSpan.FromMilliseconds(BinaryPrimitives.ReadUInt32BigEndian(_message[12..]));

    /// <summary>The options.</summary>
    public NdpOptions Options => new(_message[Size..]);

    /// <summary>Views a message, with the checks of RFC 4861 §6.1.2.</summary>
    /// <param name="info">From the IP header.</param>
    /// <param name="message">The message.</param>
    /// <param name="result">The view.</param>
    /// <returns>Whether it is valid.</returns>
    public static bool TryParse(in IpPacketInfo info, ReadOnlySpan<byte> message, out RouterAdvertisement result)
    {
        result = default;
        if (info.TimeToLive != 255 || info.IsReassembled || !info.Source.V6.IsLinkLocal || message.Length < Size || message[1] != 0)
        {
            return false;
        }

        result = new RouterAdvertisement(message);
        return result.Options.IsValid;
    }
}

/// <summary>A view of a prefix information option (RFC 4861 §4.6.2).</summary>
/// <param name="option">The option, whole.</param>
public readonly ref struct PrefixInformation(ReadOnlySpan<byte> option)
{
    /// <summary>The option's length in bytes.</summary>
    public const int Size = 32;

    private readonly ReadOnlySpan<byte> _option = option;

    /// <summary>The length of the prefix, as it is written: more than 128 is nonsense.</summary>
    public byte PrefixLength => _option[2];

    /// <summary>Whether the network is on the link.</summary>
    public bool IsOnLink => (_option[3] & 0x80) != 0;

    /// <summary>Whether hosts may make addresses in it.</summary>
    public bool IsAutonomous => (_option[3] & 0x40) != 0;

    /// <summary>For how many seconds it holds; all ones for ever.</summary>
    public uint ValidLifetime => BinaryPrimitives.ReadUInt32BigEndian(_option[4..]);

    /// <summary>For how many seconds its addresses are preferred; all ones for ever.</summary>
    public uint PreferredLifetime => BinaryPrimitives.ReadUInt32BigEndian(_option[8..]);

    /// <summary>The prefix; what follows its length is of no meaning.</summary>
    public Ipv6Address Prefix => new(_option[16..]);
}

/// <summary>A view of a redirect (RFC 4861 §4.5): an ICMPv6 message whose checksum is known to be right. Valid as long as the bytes under it.</summary>
public readonly ref struct RedirectMessage
{
    /// <summary>The length without options in bytes.</summary>
    public const int Size = 40;

    private readonly ReadOnlySpan<byte> _message;

    private RedirectMessage(ReadOnlySpan<byte> message) => _message = message;

    /// <summary>The better first hop.</summary>
    public Ipv6Address Target => new(_message[8..]);

    /// <summary>To where it is better.</summary>
    public Ipv6Address Destination => new(_message[24..]);

    /// <summary>The options.</summary>
    public NdpOptions Options => new(_message[Size..]);

    /// <summary>Views a message, with the checks of RFC 4861 §8.1 that need no knowledge of this host's routers.</summary>
    /// <param name="info">From the IP header.</param>
    /// <param name="message">The message.</param>
    /// <param name="result">The view.</param>
    /// <returns>Whether it is valid.</returns>
    public static bool TryParse(in IpPacketInfo info, ReadOnlySpan<byte> message, out RedirectMessage result)
    {
        result = default;
        if (info.TimeToLive != 255 || info.IsReassembled || !info.Source.V6.IsLinkLocal || message.Length < Size || message[1] != 0)
        {
            return false;
        }

        result = new RedirectMessage(message);
        return result.Options.IsValid && !result.Destination.IsMulticast && (result.Target.IsLinkLocal || result.Target == result.Destination);
    }
}
