using System.Net;
using System.Net.Sockets;

namespace Mirage.Net.Socket;

/// <summary>Makes the host's sockets for the families that a stack speaks.</summary>
/// <param name="family">What was asked for.</param>
internal sealed class HostSockets(SocketFamily family)
{
    /// <summary>What is spoken: never <see cref="SocketFamily.Dual"/> on a host without IPv6.</summary>
    public SocketFamily Family { get; } = family == SocketFamily.Dual && !HostSocket.OSSupportsIPv6 ? SocketFamily.V4 : family;

    public bool Speaks(IpAddress address) => address.Family switch
    {
        IpFamily.V4 => Family != SocketFamily.V6,
        IpFamily.V6 => Family != SocketFamily.V4,
        _ => true,
    };

    /// <summary>A socket for connecting or sending to an address.</summary>
    public static HostSocket For(IpAddress remote, SocketType type)
        => Create(remote.IsV4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6, type);

    /// <summary>A socket bound to an address, or to all of them if it is none.</summary>
    /// <exception cref="SocketException">It cannot be bound.</exception>
    public HostSocket Bound(IpAddress local, ushort port, SocketType type)
    {
        if (local.Family != IpFamily.None)
        {
            return Bind(For(local, type), local.ToIPAddress(), port);
        }

        if (Family == SocketFamily.V4)
        {
            return Bind(Create(AddressFamily.InterNetwork, type), IPAddress.Any, port);
        }

        var socket = Create(AddressFamily.InterNetworkV6, type);
        socket.DualMode = Family == SocketFamily.Dual;
        return Bind(socket, IPAddress.IPv6Any, port);
    }

    /// <summary>A socket for datagrams that receives from one endpoint only.</summary>
    /// <exception cref="SocketException">It cannot be bound, or the endpoint cannot be reached.</exception>
    public static HostSocket Connected(IpAddress local, ushort port, IpEndpoint remote)
    {
        var any = remote.Address.IsV4 ? IPAddress.Any : IPAddress.IPv6Any;
        var socket = Bind(For(remote.Address, SocketType.Dgram), local.IsAny ? any : local.ToIPAddress(), port);
        try
        {
            socket.Connect(remote.ToIPEndPoint());
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public static IpEndpoint LocalOf(HostSocket socket) => IpEndpoint.From((IPEndPoint)socket.LocalEndPoint!);

    private static HostSocket Bind(HostSocket socket, IPAddress address, ushort port)
    {
        try
        {
            socket.Bind(new IPEndPoint(address, port));
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static HostSocket Create(AddressFamily family, SocketType type)
    {
        var socket = new HostSocket(family, type, type == SocketType.Stream ? ProtocolType.Tcp : ProtocolType.Udp) { Blocking = false };
        if (family == AddressFamily.InterNetworkV6)
        {
            socket.DualMode = false;
        }

        return socket;
    }
}
