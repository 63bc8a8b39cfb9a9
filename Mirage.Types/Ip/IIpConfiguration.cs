namespace Mirage;

/// <summary>
/// What configures a host's IP layer: DHCP, or a program that has its addresses from elsewhere. Stacks that own their addresses implement it; one over the host's sockets
/// does not. Loop only.
/// </summary>
public interface IIpConfiguration : IIpAddressing
{
    /// <summary>The host's address on the link, by which servers know it; zero where the link has none.</summary>
    MacAddress LinkAddress { get; }

    /// <summary>Gives this host an address, and a route to its network on the link; one that it has already gets the new network.</summary>
    /// <param name="address">The address with its network.</param>
    /// <exception cref="ArgumentException">No host may have it: a group, everyone, a loopback address, or the network itself.</exception>
    void AddAddress(IpNetwork address);

    /// <summary>Takes an address from this host, and the route to its network unless another address has it too.</summary>
    /// <param name="address">The address with its network.</param>
    /// <returns>Whether the host had it.</returns>
    bool RemoveAddress(IpNetwork address);

    /// <summary>Adds a route, in place of one to the same network.</summary>
    /// <param name="destination">The network; <c>0.0.0.0/0</c> or <c>::/0</c> for everywhere else.</param>
    /// <param name="gateway">The router, of the same family; <see cref="IpAddress.None"/> if the network is on the link.</param>
    void AddRoute(IpNetwork destination, IpAddress gateway);

    /// <summary>Removes a route, if it still goes through this router.</summary>
    /// <param name="destination">The network.</param>
    /// <param name="gateway">The router; <see cref="IpAddress.None"/> if the network is on the link.</param>
    /// <returns>Whether there was such a route.</returns>
    bool RemoveRoute(IpNetwork destination, IpAddress gateway);

    /// <summary>Limits what is sent to packets of a size, if the link takes larger ones.</summary>
    /// <param name="family">For which addresses.</param>
    /// <param name="mtu">The largest packet in bytes, with its IP header; at least 576 for IPv4 and 1280 for IPv6. <see langword="null"/> for what the link takes.</param>
    void SetMtu(IpFamily family, int? mtu);

    /// <summary>Asks the link whether another host has an address, before this host takes it (RFC 5227 §2.1; RFC 4862 §5.4).</summary>
    /// <param name="address">The address.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Whether another host has it, or is about to take it. Where the link cannot tell, nobody has.</returns>
    ValueTask<bool> IsInUseAsync(IpAddress address, CancellationToken cancellation = default);
}
