using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Mirage.Net.Socket;

internal sealed partial class StackCore
{
    // Ethernet's.
    private const int DefaultMtu = 1500;
    private const int HeaderV4 = 20;
    private const int HeaderV6 = 40;

    // Any: nothing is sent when a datagram socket is connected.
    private const ushort SomePort = 9;

    public IReadOnlyList<IpNetwork> Addresses
    {
        get
        {
            var addresses = new List<IpNetwork>();
            foreach (var network in NetworkInterface.GetAllNetworkInterfaces())
            {
                if (network.OperationalStatus is not (OperationalStatus.Up or OperationalStatus.Unknown))
                {
                    continue;
                }

                foreach (var unicast in network.GetIPProperties().UnicastAddresses)
                {
                    var address = IpAddress.From(unicast.Address);
                    if (_sockets.Speaks(address))
                    {
                        addresses.Add(new IpNetwork(address, unicast.PrefixLength));
                    }
                }
            }

            return addresses;
        }
    }

    public Result<IpAddress> SelectSource(IpAddress destination) => Probe(destination, static socket => HostSockets.LocalOf(socket).Address);

    public int MaxPayload(IpAddress destination)
    {
        var header = destination.IsV6 ? HeaderV6 : HeaderV4;
        var mtu = OperatingSystem.IsLinux() ? Probe(destination, PathMtu)
            : SelectSource(destination).TryGet(out var source) ? InterfaceMtu(source)
            : ErrorKind.Unreachable;
        return (mtu.TryGet(out var known) && known > header ? known : DefaultMtu) - header;
    }

    private Result<T> Probe<T>(IpAddress destination, Func<HostSocket, T> ask)
    {
        if (destination.Family == IpFamily.None || !_sockets.Speaks(destination))
        {
            return new DeviceError(ErrorKind.Unreachable, $"{destination}: this stack speaks {Family} only");
        }

        try
        {
            using var socket = HostSockets.For(destination, SocketType.Dgram);
            socket.Connect(new IpEndpoint(destination, SomePort).ToIPEndPoint());
            return ask(socket);
        }
        catch (SocketException exception)
        {
            return new DeviceError(ErrorKind.Unreachable, $"no route to {destination}: {exception.Message}");
        }
    }

    // IP_MTU and IPV6_MTU of a connected socket: what the kernel knows of the path (ip(7), ipv6(7)).
    private static int PathMtu(HostSocket socket)
    {
        const int LevelV4 = 0, MtuV4 = 14, LevelV6 = 41, MtuV6 = 24;
        Span<byte> value = stackalloc byte[sizeof(int)];
        var v4 = socket.AddressFamily == AddressFamily.InterNetwork;
        _ = socket.GetRawSocketOption(v4 ? LevelV4 : LevelV6, v4 ? MtuV4 : MtuV6, value);
        return BitConverter.ToInt32(value);
    }

    private static Result<int> InterfaceMtu(IpAddress source)
    {
        foreach (var network in NetworkInterface.GetAllNetworkInterfaces())
        {
            var properties = network.GetIPProperties();
            foreach (var unicast in properties.UnicastAddresses)
            {
                if (IpAddress.From(unicast.Address) == source)
                {
                    return source.IsV4 ? properties.GetIPv4Properties().Mtu : properties.GetIPv6Properties().Mtu;
                }
            }
        }

        return ErrorKind.NotFound;
    }
}
