namespace Mirage.Net.TcpIp;

/// <summary>What a direct stack is made with.</summary>
public sealed record DirectStackOptions
{
    /// <summary>The addresses of this host, of either family, each with its network on the link; one that no host may have is refused by <c>Connect</c>. With none the stack answers nobody until one is added: <c>stack.Ip.AddAddress</c>.</summary>
    public IReadOnlyList<IpNetwork> Addresses { get; init => field = Setting.Given(value); } = [];

    /// <summary>The router to everywhere else, in IPv4 or in IPv6; <see cref="IpAddress.None"/> for none. One that is no single host's address is refused by <c>Connect</c>, as in <see cref="Routes"/>.</summary>
    public IpAddress Gateway { get; init; }

    /// <summary>The same in IPv6, beside one in IPv4; <see cref="IpAddress.None"/> for none but those that advertise themselves.</summary>
    public IpAddress Ipv6Gateway { get; init; }

    /// <summary>Whether the stack speaks IPv6 on its link: it has a link-local address then, beside those given. Links of fewer than 1280 bytes do not carry it (RFC 8200 §5).</summary>
    public bool UseIpv6 { get; init; } = true;

    /// <summary>Further routes.</summary>
    public IReadOnlyList<Route> Routes { get; init => field = Setting.Given(value); } = [];

    /// <summary>
    /// Whether the stack takes what is sent to addresses that are not its own, because it is the router of those who send it, or the far end of a tunnel: see <see cref="IForwardingStack"/>. Its
    /// listeners take it too, and it may send from any address. Never what comes from, or goes to, loopback addresses, groups and everyone.
    /// </summary>
    public bool AcceptAnyAddress { get; init; }

    /// <summary>With <see cref="AcceptAnyAddress"/>: whether echo requests to any address are answered, in its name.</summary>
    public bool AnswerEchoToAny { get; init; }

    /// <summary>What the stack may hold, at the most.</summary>
    public StackLimits Limits { get; init => field = Setting.Given(value); } = new();

    /// <summary>The VLAN in which the stack is, 1 to 4094: its frames have the tag, and those of others are dropped (IEEE 802.1Q). <see langword="null"/> for frames without a tag.</summary>
    public int? Vlan { get; init; }

    /// <summary>The times of address resolution.</summary>
    public ArpOptions Arp { get; init => field = Setting.Given(value); } = new();

    /// <summary>The times of neighbour discovery.</summary>
    public NdpSettings Ndp { get; init => field = Setting.Given(value); } = new();

    /// <summary>How the host configures itself for IPv6.</summary>
    public AutoconfigurationOptions Autoconfiguration { get; init => field = Setting.Given(value); } = new();

    /// <summary>The times and sizes of TCP.</summary>
    public TcpSettings Tcp { get; init => field = Setting.Given(value); } = new();
}
