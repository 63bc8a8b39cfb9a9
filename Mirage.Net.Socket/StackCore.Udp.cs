using System.Net.Sockets;

namespace Mirage.Net.Socket;

internal sealed partial class StackCore
{
    // What an IP packet can carry less the UDP header (RFC 768); IPv6 without jumbograms (RFC 8200 §3).
    private const int MaxDatagramV4 = 65_535 - 20 - 8;
    private const int MaxDatagramV6 = 65_535 - 8;

    private readonly Dictionary<ushort, DatagramListener> _datagramListeners = [];
    private readonly DatagramSenders _senders = new();

    public Result<IpEndpoint> ListenUdp<THandler>(ushort port, THandler handler, UdpListenOptions options)
        where THandler : struct, IDatagramHandler
    {
        DatagramListener<THandler> listener;
        lock (_gate)
        {
            if (options.Remote != default && (options.Remote.Port == 0 || options.Remote.Address.IsAny || !_sockets.Speaks(options.Remote.Address)))
            {
                return new DeviceError(ErrorKind.Invalid, $"{options.Remote} is not an endpoint to receive from");
            }

            if (CheckListen("udp", options.Address, port, _datagramListeners.ContainsKey(port)) is { IsNone: false } refused)
            {
                return refused;
            }

            _senders.Release(port);
            HostSocket? socket = null;
            try
            {
                socket = options.Remote.Port == 0
                    ? _sockets.Bound(options.Address, port, SocketType.Dgram)
                    : HostSockets.Connected(options.Address, port, options.Remote);
                listener = new DatagramListener<THandler>(this, socket, handler, options);
                _datagramListeners.Add(listener.Local.Port, listener);
                JoinGroups(socket);
            }
            catch (SocketException exception)
            {
                socket?.Dispose();
                return HostErrors.OfBind("udp", new(options.Address, port), exception.SocketErrorCode);
            }
        }

        Dispatch(listener);
        return listener.Local;
    }

    public Result UnlistenUdp(ushort port)
    {
        lock (_gate)
        {
            if (!_datagramListeners.Remove(port, out var listener))
            {
                return new DeviceError(ErrorKind.NotFound, $"udp port {port}: nobody listens on it in this stack");
            }

            listener.Close();
            return Result.Done;
        }
    }

    public Result SendUdp(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload, in UdpSendOptions options)
    {
        var error = CheckSend(local, remote, payload.Length);
        if (error.IsNone)
        {
            // What came to a group is answered from an address of the host's own.
            error = Send(local.Address.IsMulticast ? new(IpAddress.None, local.Port) : local, remote, payload, options);
        }

        _ = error.IsNone ? Interlocked.Increment(ref _datagramsSent) : Interlocked.Increment(ref _datagramsDropped);
        return error;
    }

    private DeviceError Send(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload, in UdpSendOptions options)
    {
        DatagramListener? listener = null;
        lock (_gate)
        {
            if (_stopped)
            {
                return ErrorKind.Disconnected;
            }

            if (local.Port != 0)
            {
                _ = _datagramListeners.TryGetValue(local.Port, out listener);
            }
        }

        try
        {
            return listener is null ? _senders.Send(local, remote, payload, options)
                : listener.CanSendFrom(local.Address) ? listener.Send(remote, payload, options)
                : ErrorKind.Invalid;
        }
        catch (SocketException exception)
        {
            return HostErrors.OfDatagram(exception.SocketErrorCode);
        }
        catch (ObjectDisposedException)
        {
            // Closed on another thread meanwhile.
            return ErrorKind.Closed;
        }
    }

    private DeviceError CheckSend(IpEndpoint local, IpEndpoint remote, int length)
        => remote.Address.IsAny || remote.Port == 0 ? ErrorKind.Invalid
            : local.Address.Family != IpFamily.None && local.Address.Family != remote.Address.Family ? ErrorKind.Invalid
            : !_sockets.Speaks(remote.Address) ? ErrorKind.Unreachable
            : length > (remote.Address.IsV4 ? MaxDatagramV4 : MaxDatagramV6) ? ErrorKind.TooLarge
            : default(DeviceError);
}
