namespace Mirage.Net.TcpIp;

/// <summary>An IP layer of one family, with what may be set of it: what the dual stack is made of.</summary>
public interface IIpLayer : IIp
{
    /// <summary>The routes, the longest prefix first.</summary>
    IReadOnlyList<Route> Routes { get; }

    /// <summary>Gives this host an address, and a route to its network on this link.</summary>
    /// <param name="address">The address with its network.</param>
    /// <exception cref="ArgumentException">The address is of the other family.</exception>
    void AddAddress(IpNetwork address);

    /// <summary>Takes an address from this host, and the route to its network unless another address has it too.</summary>
    /// <param name="address">The address with its network.</param>
    /// <returns>Whether the host had it.</returns>
    bool RemoveAddress(IpNetwork address);

    /// <summary>Adds a route, in place of one to the same network.</summary>
    /// <param name="route">The route.</param>
    void AddRoute(Route route);

    /// <summary>Removes the route to a network.</summary>
    /// <param name="destination">The network.</param>
    void RemoveRoute(IpNetwork destination);

    /// <summary>Limits what is sent to packets of a size, if the link takes larger ones.</summary>
    /// <param name="mtu">The largest packet in bytes, at least the least MTU of the family; <see langword="null"/> for what the link takes.</param>
    void SetMtu(int? mtu);

    /// <summary>Sets whether packets to any address of the family are taken: not those to groups that were not joined, to everyone, or to loopback addresses.</summary>
    /// <param name="value">Whether they are.</param>
    void SetAcceptAnyAddress(bool value);

    /// <summary>Runs what is due: path MTUs age, datagrams whose fragments did not come are given up.</summary>
    /// <typeparam name="THandler">What tells their senders.</typeparam>
    /// <param name="now">The present.</param>
    /// <param name="handler">What tells their senders.</param>
    /// <returns>When to call again.</returns>
    Instant RunTimers<THandler>(Instant now, THandler handler)
        where THandler : struct, IIpHandler;

    /// <summary>Delivers the packets that this host sent to itself.</summary>
    /// <typeparam name="THandler">The transports.</typeparam>
    /// <param name="budget">How many at the most.</param>
    /// <param name="handler">What gets the payloads.</param>
    /// <returns>How many were delivered.</returns>
    int ReceiveLoopback<THandler>(int budget, THandler handler)
        where THandler : struct, IIpHandler;
}
