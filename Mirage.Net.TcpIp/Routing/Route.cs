namespace Mirage.Net.TcpIp;

/// <summary>Where packets to a network go.</summary>
/// <param name="Destination">The network; its longest match decides (RFC 1812 §5.2.4.3).</param>
/// <param name="Gateway">The router; <see cref="IpAddress.None"/> if the network is on this link.</param>
public readonly record struct Route(IpNetwork Destination, IpAddress Gateway);
