namespace Mirage.Net.TcpIp;

/// <content>Addresses and routes, as DHCP and programs set them.</content>
public readonly partial struct DirectStack<TNetwork, TPlatform, TCongestion> : IIpConfiguration
{
    /// <inheritdoc/>
    public MacAddress LinkAddress => Layers.LinkAddress;

    /// <inheritdoc/>
    public void AddAddress(IpNetwork address) => Layers.Internet.Ip.AddAddress(address);

    /// <inheritdoc/>
    public bool RemoveAddress(IpNetwork address) => Layers.Internet.Ip.RemoveAddress(address);

    /// <inheritdoc/>
    public void AddRoute(IpNetwork destination, IpAddress gateway) => Layers.Internet.Ip.AddRoute(new Route(destination, gateway));

    /// <inheritdoc/>
    public bool RemoveRoute(IpNetwork destination, IpAddress gateway)
    {
        foreach (var route in Layers.Internet.Ip.Routes)
        {
            if (route.Gateway == gateway && route.Destination.PrefixLength == destination.PrefixLength && route.Destination.Prefix == destination.Prefix)
            {
                Layers.Internet.Ip.RemoveRoute(destination);
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public void SetMtu(IpFamily family, int? mtu)
    {
        if (family == IpFamily.V6)
        {
            Layers.Internet.Ip.V6.SetMtu(mtu);
        }
        else
        {
            Layers.Internet.Ip.V4.SetMtu(mtu);
        }
    }

    /// <summary>Finds a neighbour's Ethernet address, asking for it if it is not known.</summary>
    /// <param name="address">The neighbour, of either family.</param>
    /// <param name="cancellation">Ends the wait, not the asking.</param>
    /// <returns>The address; <see cref="ErrorKind.Unreachable"/> when nobody answered.</returns>
    public ValueTask<Result<MacAddress>> NeighbourAsync(IpAddress address, CancellationToken cancellation = default) => Layers.NeighbourAsync(address, cancellation);

    /// <inheritdoc/>
    public ValueTask<bool> IsInUseAsync(IpAddress address, CancellationToken cancellation = default) => Layers.IsInUseAsync(address, cancellation);
}
