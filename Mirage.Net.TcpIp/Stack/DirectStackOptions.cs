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

    /// <summary>The bounds and times of address resolution.</summary>
    public ArpOptions Arp { get; init; } = new();

    /// <summary>The bounds and times of TCP.</summary>
    public TcpSettings Tcp { get; init; } = new();

    /// <summary>How many bytes of buffers that are not in use are kept for the next use.</summary>
    public long RetainedBuffers { get; init; } = 64 << 20;
}
