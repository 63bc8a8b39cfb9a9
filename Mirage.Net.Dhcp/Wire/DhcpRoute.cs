namespace Mirage.Net.Dhcp;

/// <summary>A route that a server gives.</summary>
/// <param name="Destination">The network; <c>0.0.0.0/0</c> for everywhere else.</param>
/// <param name="Gateway">The router; <see cref="IpAddress.None"/> if the network is on the link.</param>
public readonly record struct DhcpRoute(IpNetwork Destination, IpAddress Gateway);
