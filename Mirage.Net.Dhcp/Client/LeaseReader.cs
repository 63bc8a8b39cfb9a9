using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Text;
using Mirage.Net.Dhcp.Wire;

namespace Mirage.Net.Dhcp;

/// <summary>Makes a lease of an acknowledgement. What is optional and senseless is left out, as if it were not there.</summary>
internal static class LeaseReader
{
    private const uint Infinite = uint.MaxValue;
    private const int MaxOption = 1024;
    private const int MaxServers = 16;
    private const int MaxRoutes = 64;
    private const int LeastMtu = 576;

    public static bool TryRead(in DhcpMessage message, Ipv4Address server, Instant asked, [NotNullWhen(true)] out DhcpLease? lease)
    {
        lease = null;
        if (!message.TryGetUInt32(DhcpOption.LeaseTime, out var seconds) || seconds == 0)
        {
            return false;
        }

        var address = message.YourAddress;
        var network = new IpNetwork(address, PrefixLength(message, address));

        // The network itself and everyone in it are no hosts (RFC 1122 §3.2.1.3), but where there are two addresses (RFC 3021), or one.
        if (network.PrefixLength <= 30 && (network.Prefix == address || network.Broadcast == address))
        {
            return false;
        }

        var (renewal, rebinding) = Times(message, seconds);
        lease = new DhcpLease
        {
            Address = network,
            Server = server,
            Routes = Routes(message),
            DnsServers = Addresses(message, DhcpOption.DomainNameServer),
            TimeServers = Addresses(message, DhcpOption.NtpServers),
            DomainName = Text(message, DhcpOption.DomainName),
            HostName = Text(message, DhcpOption.HostName),
            Mtu = Mtu(message),
            Obtained = asked,
            RenewAt = At(renewal),
            RebindAt = At(rebinding),
            ExpiresAt = At(seconds),
        };
        return true;

        Instant At(uint after) => seconds == Infinite ? Instant.Never : asked + TimeSpan.FromSeconds(after);
    }

    /// <summary>RFC 2131 §4.4.5: T1 and T2, in this order and before the end, or else half and seven eighths of the time.</summary>
    private static (uint Renewal, uint Rebinding) Times(in DhcpMessage message, uint seconds)
    {
        if (!message.TryGetUInt32(DhcpOption.RebindingTime, out var rebinding) || rebinding >= seconds)
        {
            rebinding = (uint)(seconds * 7UL / 8);
        }

        if (!message.TryGetUInt32(DhcpOption.RenewalTime, out var renewal) || renewal == 0 || renewal > rebinding)
        {
            renewal = Math.Min(seconds / 2, rebinding);
        }

        return (renewal, rebinding);
    }

    private static int PrefixLength(in DhcpMessage message, Ipv4Address address)
    {
        if (message.TryGetAddress(DhcpOption.SubnetMask, out var mask))
        {
            var length = BitOperations.LeadingZeroCount(~mask.Value);
            if (length > 0 && mask.Value == uint.MaxValue << (32 - length))
            {
                return length;
            }
        }

        // Without a mask, that of the address's class (RFC 950 §2.2).
        return (address.Value >> 24) switch { < 128 => 8, < 192 => 16, _ => 24 };
    }

    private static List<DhcpRoute> Routes(in DhcpMessage message)
    {
        // RFC 3442: routes make routers meaningless.
        if (message.TryGet(DhcpOption.ClasslessRoutes, stackalloc byte[MaxOption], out var bytes))
        {
            var routes = new List<DhcpRoute>();
            while (routes.Count < MaxRoutes && ClasslessRoutes.TryRead(ref bytes, out var route))
            {
                routes.Add(route);
            }

            return routes;
        }

        var routers = Addresses(message, DhcpOption.Router);
        return routers.Count == 0 ? [] : [new DhcpRoute(new IpNetwork(Ipv4Address.Any, 0), routers[0])];
    }

    private static List<IpAddress> Addresses(in DhcpMessage message, DhcpOption code)
    {
        var addresses = new List<IpAddress>();
        _ = message.TryGet(code, stackalloc byte[MaxOption], out var bytes);
        for (; bytes.Length >= Ipv4Address.Size && addresses.Count < MaxServers; bytes = bytes[Ipv4Address.Size..])
        {
            var address = new Ipv4Address(bytes);
            if (!address.IsAny && !address.IsBroadcast && !address.IsMulticast)
            {
                addresses.Add(address);
            }
        }

        return addresses;
    }

    private static string? Text(in DhcpMessage message, DhcpOption code)
    {
        if (!message.TryGet(code, stackalloc byte[MaxOption], out var bytes))
        {
            return null;
        }

        // Some servers end it with a zero (RFC 2132 §2).
        bytes = bytes.TrimEnd((byte)0);
        return bytes.IsEmpty || bytes.ContainsAnyExceptInRange((byte)0x21, (byte)0x7e) ? null : Encoding.ASCII.GetString(bytes);
    }

    private static int? Mtu(in DhcpMessage message)
        => message.TryGet(DhcpOption.InterfaceMtu, [], out var bytes) && bytes.Length == sizeof(ushort) && BinaryPrimitives.ReadUInt16BigEndian(bytes) is var mtu and >= LeastMtu
            ? mtu
            : null;
}
