using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Mirage.Net.Socket;

/// <summary>Sockets that send datagrams from ports on which nobody listens: kept for the next one, and of bounded number.</summary>
internal sealed class DatagramSenders
{
    private const int Limit = 32;

    [ThreadStatic]
    private static SocketAddress? s_v4;

    [ThreadStatic]
    private static SocketAddress? s_v6;

    private readonly Lock _gate = new();
    private readonly Dictionary<(IpEndpoint Local, IpFamily Family), HostSocket> _sockets = [];
    private readonly Queue<(IpEndpoint Local, IpFamily Family)> _order = new();
    private bool _closed;

    /// <summary>Sends from an endpoint that need not be anyone's yet.</summary>
    /// <exception cref="SocketException">The host does not send it.</exception>
    public DeviceError Send(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload, in UdpSendOptions options)
    {
        // Held while sending, which never waits, so that the socket is not closed meanwhile.
        lock (_gate)
        {
            return _closed ? ErrorKind.Disconnected : DatagramOptions.Send(Get(local, remote.Address), options, remote, payload);
        }
    }

    /// <summary>Sends from a socket of either family, or of both.</summary>
    /// <exception cref="SocketException">The host does not send it.</exception>
    public static DeviceError Send(HostSocket socket, IpEndpoint remote, ReadOnlySpan<byte> payload)
    {
        var address = remote.Address;
        if (socket.AddressFamily == AddressFamily.InterNetworkV6 && address.IsV4)
        {
            if (!socket.DualMode)
            {
                return ErrorKind.Unreachable;
            }

            address = Ipv6Address.Map(address.V4);
        }
        else if (socket.AddressFamily == AddressFamily.InterNetwork && address.IsV6)
        {
            return ErrorKind.Unreachable;
        }

        var sent = socket.SendTo(payload, SocketFlags.None, Write(address, remote.Port));
        return sent == payload.Length ? default : ErrorKind.Other;
    }

    /// <summary>Gives a port back, because somebody wants to listen on it.</summary>
    public void Release(ushort port)
    {
        lock (_gate)
        {
            if (port == 0 || _sockets.Count == 0)
            {
                return;
            }

            for (var i = _order.Count; i > 0; i--)
            {
                var key = _order.Dequeue();
                if (key.Local.Port != port)
                {
                    _order.Enqueue(key);
                }
                else if (_sockets.Remove(key, out var socket))
                {
                    socket.Dispose();
                }
            }
        }
    }

    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            foreach (var socket in _sockets.Values)
            {
                socket.Dispose();
            }

            _sockets.Clear();
            _order.Clear();
        }
    }

    private HostSocket Get(IpEndpoint local, IpAddress remote)
    {
        if (_sockets.TryGetValue((local, remote.Family), out var known))
        {
            return known;
        }

        if (_sockets.Count == Limit && _sockets.Remove(_order.Dequeue(), out var oldest))
        {
            oldest.Dispose();
        }

        var socket = HostSockets.For(remote, SocketType.Dgram);
        try
        {
            socket.EnableBroadcast = remote.IsV4;
            IpAddress any = remote.IsV4 ? Ipv4Address.Any : Ipv6Address.Any;
            socket.Bind(new IpEndpoint(local.Address.Family == IpFamily.None ? any : local.Address, local.Port).ToIPEndPoint());
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        _sockets.Add((local, remote.Family), socket);
        _order.Enqueue((local, remote.Family));
        return socket;
    }

    // In the layout of sockaddr_in and sockaddr_in6; the family (and on some hosts the length) stands in the first two bytes already.
    private static SocketAddress Write(IpAddress address, ushort port)
    {
        if (address.IsV4)
        {
            var v4 = s_v4 ??= new IPEndPoint(IPAddress.Any, 0).Serialize();
            BinaryPrimitives.WriteUInt16BigEndian(v4.Buffer.Span[2..], port);
            address.V4.CopyTo(v4.Buffer.Span[4..]);
            return v4;
        }

        var v6 = s_v6 ??= new IPEndPoint(IPAddress.IPv6Any, 0).Serialize();
        BinaryPrimitives.WriteUInt16BigEndian(v6.Buffer.Span[2..], port);
        address.V6.CopyTo(v6.Buffer.Span[8..]);
        return v6;
    }
}
