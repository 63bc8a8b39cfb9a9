using Mirage;
using Mirage.Net.TcpIp;

namespace Shared;

/// <summary>The boot arguments of a direct stack over a TAP device.</summary>
/// <param name="boot">Where to declare them.</param>
internal sealed class DirectStackArguments(BootArguments boot)
{
    private static readonly IpNetwork DefaultAddress = new(new Ipv4Address(10, 0, 0, 2), 24);

    private readonly BootArgument<string> _interface = boot.AddText("interface", "NAME", "the TAP device", "tap0");

    private readonly BootArgument<IReadOnlyList<IpNetwork>> _addresses =
        boot.AddMany("ipv4", "ADDRESS/LENGTH", "an IPv4 address of this host, with the length of its network's prefix", DefaultAddress);

    private readonly BootArgument<Ipv4Address?> _gateway =
        boot.AddOptional<Ipv4Address>("ipv4-gateway", "ADDRESS", "the router to other networks");

    /// <summary>The TAP device's name.</summary>
    public string Interface => _interface.Value;

    /// <summary>The stack's addresses and routes.</summary>
    public DirectStackOptions Options => new() { Addresses = _addresses.Value, Gateway = _gateway.Value is { } gateway ? gateway : default(IpAddress) };
}
