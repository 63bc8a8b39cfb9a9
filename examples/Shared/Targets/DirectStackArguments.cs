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

            return new() { Addresses = _addresses.Value, Gateway = _gateway.Value is { } gateway ? Checked(gateway) : default };
        }
    }

    private static void CheckAddress(IpNetwork network)
    {
        if (!network.Address.IsV4)
        {
            throw new BootArgumentException($"--ipv4: {network} is not an IPv4 address, and this stack speaks no other");
        }

        // RFC 1122 §3.2.1.3: what may not be a host's own address on a link.
        var address = network.Address.V4;
        var isNetwork = network.PrefixLength < PointToPointPrefix && (network.Address == network.Prefix || network.Address == network.Broadcast);
        if (isNetwork || address.IsAny || address.IsBroadcast || address.IsLoopback || address.IsMulticast)
        {
            throw new BootArgumentException($"--ipv4: {network} cannot be the address of a host");
        }
    }

    private IpAddress Checked(Ipv4Address gateway)
    {
        var networks = _addresses.Value;
        return networks.Any(network => network.Address == gateway)
            ? throw new BootArgumentException($"--ipv4-gateway: {gateway} is this host's own address")
            : networks.Any(network => network.Contains(gateway))
            ? gateway
            : throw new BootArgumentException($"--ipv4-gateway: {gateway} is in no network of this host ({string.Join(", ", networks)})");
    }
}
