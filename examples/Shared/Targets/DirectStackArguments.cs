using Mirage;
using Mirage.Net.TcpIp;

namespace Shared;

/// <summary>The boot arguments of a direct stack over a TAP device.</summary>
/// <param name="boot">Where to declare them.</param>
internal sealed class DirectStackArguments(BootArguments boot)
{
    // A network this small has no broadcast address (RFC 3021), nor one that stands for itself.
    private const int PointToPointPrefix = 31;

    private static readonly IpNetwork DefaultAddress = new(new Ipv4Address(10, 0, 0, 2), 24);

    private readonly BootArgument<string> _interface = boot.AddText("interface", "NAME", "the TAP device", "tap0");

    private readonly BootArgument<IReadOnlyList<IpNetwork>> _addresses =
        boot.AddMany("ipv4", "ADDRESS/LENGTH", "an IPv4 address of this host, with the length of its network's prefix", DefaultAddress);

    private readonly BootArgument<Ipv4Address?> _gateway =
        boot.AddOptional<Ipv4Address>("ipv4-gateway", "ADDRESS", "the router to other networks");

    private readonly BootArgument<IReadOnlyList<IpNetwork>> _addresses6 =
        boot.AddMany<IpNetwork>("ipv6", "ADDRESS/LENGTH", "an IPv6 address of this host, beside its link-local one and those that routers advertise");

    private readonly BootArgument<Ipv6Address?> _gateway6 =
        boot.AddOptional<Ipv6Address>("ipv6-gateway", "ADDRESS", "the router to other networks of IPv6; without it, those that advertise themselves");

    /// <summary>The TAP device's name.</summary>
    public string Interface => _interface.Value;

    /// <summary>The stack's addresses and routes.</summary>
    /// <exception cref="BootArgumentException">They cannot be, or do not go together.</exception>
    public DirectStackOptions Options
    {
        get
        {
            foreach (var network in _addresses.Value)
            {
                CheckAddress(network);
            }

            foreach (var network in _addresses6.Value)
            {
                CheckAddress6(network);
            }

            return new()
            {
                Addresses = [.. _addresses.Value, .. _addresses6.Value],
                Gateway = _gateway.Value is { } gateway ? Checked("ipv4-gateway", gateway, _addresses.Value) : default,
                Ipv6Gateway = _gateway6.Value is { } gateway6 ? Checked6(gateway6) : default,
            };
        }
    }

    private static void CheckAddress(IpNetwork network)
    {
        if (!network.Address.IsV4)
        {
            throw new BootArgumentException($"--ipv4: {network} is not an IPv4 address; --ipv6 is for those of IPv6");
        }

        // RFC 1122 §3.2.1.3: what may not be a host's own address on a link.
        var address = network.Address.V4;
        var isNetwork = network.PrefixLength < PointToPointPrefix && (network.Address == network.Prefix || network.Address == network.Broadcast);
        if (isNetwork || address.IsAny || address.IsBroadcast || address.IsLoopback || address.IsMulticast)
        {
            throw new BootArgumentException($"--ipv4: {network} cannot be the address of a host");
        }
    }

    private static void CheckAddress6(IpNetwork network)
    {
        if (!network.Address.IsV6)
        {
            throw new BootArgumentException($"--ipv6: {network} is not an IPv6 address; --ipv4 is for those of IPv4");
        }

        // RFC 4291 §2.4.
        var address = network.Address.V6;
        if (address.IsAny || address.IsLoopback || address.IsMulticast || address.IsIpv4Mapped)
        {
            throw new BootArgumentException($"--ipv6: {network} cannot be the address of a host");
        }
    }

    // A router may be known by its link-local address.
    private IpAddress Checked6(Ipv6Address gateway)
        => gateway.IsLinkLocal ? gateway : Checked("ipv6-gateway", gateway, _addresses6.Value);

    private static IpAddress Checked(string argument, IpAddress gateway, IReadOnlyList<IpNetwork> networks)
        => networks.Any(network => network.Address == gateway)
            ? throw new BootArgumentException($"--{argument}: {gateway} is this host's own address")
            : networks.Any(network => network.Contains(gateway))
            ? gateway
            : throw new BootArgumentException($"--{argument}: {gateway} is in no network of this host ({string.Join(", ", networks)})");
}
