namespace Mirage.Net.TcpIp;

/// <summary>What a direct stack is made with.</summary>
public sealed record DirectStackOptions
{
    /// <summary>The addresses of this host, each with its network on the link. With none the stack answers nobody until one is added: <c>stack.Ip.AddAddress</c>.</summary>
    public IReadOnlyList<IpNetwork> Addresses { get; init; } = [];

    /// <summary>The router to everywhere else; <see cref="IpAddress.None"/> for none.</summary>
    public IpAddress Gateway { get; init; }

    /// <summary>Further routes.</summary>
    public IReadOnlyList<Route> Routes { get; init; } = [];

    /// <summary>What the stack may hold, at the most.</summary>
    public StackLimits Limits { get; init; } = new();

    /// <summary>The times of address resolution.</summary>
    public ArpOptions Arp { get; init; } = new();

    /// <summary>The times and sizes of TCP.</summary>
    public TcpSettings Tcp { get; init; } = new();
}
