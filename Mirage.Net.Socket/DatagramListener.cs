using System.Net;
using System.Net.Sockets;

namespace Mirage.Net.Socket;

/// <summary>A port on which datagrams are received.</summary>
internal abstract class DatagramListener : IThreadPoolWorkItem
{
    // The largest datagram of either family fits.
    private const int BufferSize = 65_535;

    // How many errors of earlier datagrams one call of Send takes in.
    private const int MaxEarlierErrors = 16;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);
    private readonly StackCore _core;
    private readonly IpAddress _address;
    private readonly DatagramErrors? _errors;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _sending = new();

    /// <exception cref="SocketException">The host cannot tell which address a datagram came to.</exception>
    protected DatagramListener(StackCore core, HostSocket socket, UdpListenOptions options)
    {
        _core = core;
        _address = options.Address;
        _errors = options.OnError is { } report && DatagramErrors.TryEnable(socket) ? new DatagramErrors(socket, report) : null;
        Socket = socket;
        Local = HostSockets.LocalOf(socket);
        if (socket.AddressFamily == AddressFamily.InterNetworkV6)
        {
            socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.PacketInformation, true);
        }

        if (socket.AddressFamily == AddressFamily.InterNetwork || socket.DualMode)
        {
            socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.PacketInformation, true);
            socket.EnableBroadcast = true;
        }
    }

    public HostSocket Socket { get; }

    public IpEndpoint Local { get; }

    public bool CanSendFrom(IpAddress address) => address.IsAny || _address.IsAny || address == _address;

    public void Close()
    {
        _stop.Cancel();
        Socket.Dispose();
    }

    /// <summary>Sends a datagram to a socket's far end. What the host says of an earlier one is passed on to whom it concerns, and does not count for this one.</summary>
    /// <exception cref="SocketException">The host does not send it.</exception>
    public DeviceError Send(IpEndpoint remote, ReadOnlySpan<byte> payload, in UdpSendOptions options)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                // The options of one datagram are not another's. Sending never waits.
                lock (_sending)
                {
                    return DatagramOptions.Send(Socket, options, remote, payload);
                }
            }
            catch (SocketException exception) when (attempt < MaxEarlierErrors && _errors is not null && IsOfEarlier(exception.SocketErrorCode))
            {
            }
        }
    }

    /// <summary>Whether an error is about an earlier datagram; if so, it is passed on, here or by the receiving that took it meanwhile. A datagram itself is never refused at once.</summary>
    private bool IsOfEarlier(SocketError error)
    {
        if (_errors!.TryTake(error) is { } earlier)
        {
            _core.Dispatch(new Report(this, earlier));
            return true;
        }

        return error == SocketError.ConnectionRefused;
    }

    public void Execute() => _ = ReceiveAsync();

    protected abstract void Handle(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload);

    // Its awaits return to where handlers run.
    private async Task ReceiveAsync()
    {
        var buffer = GC.AllocateUninitializedArray<byte>(BufferSize);
        EndPoint any = new IPEndPoint(Socket.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var received = await Socket.ReceiveMessageFromAsync(buffer.AsMemory(), SocketFlags.None, any, _stop.Token);
                if (_stop.IsCancellationRequested)
                {
                    return;
                }

                _core.CountDatagramReceived();
                var local = new IpEndpoint(IpAddress.From(received.PacketInformation.Address).Unmap(), Local.Port);
                Take(local, IpEndpoint.From((IPEndPoint)received.RemoteEndPoint), buffer.AsSpan(0, received.ReceivedBytes));
            }
            catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException exception)
            {
                if (_stop.IsCancellationRequested)
                {
                    return;
                }

                if (_errors?.TryTake(exception.SocketErrorCode) is { } failed)
                {
                    Tell(failed);
                    continue;
                }

                // A datagram sent before was refused (Windows), or the host is out of memory.
                _core.CountReceiveFailure();
                await Task.Delay(Pause, _stop.Token)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            }
        }
    }

    private void Tell(FailedDatagram failed)
    {
        try
        {
            _errors!.Report(Local, failed.Remote, failed.Error);
        }
        catch (Exception exception)
        {
            _core.HandlerFailed($"udp {Local}", exception);
        }
    }

    private void Take(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload)
    {
        try
        {
            Handle(local, remote, payload);
        }
        catch (Exception exception)
        {
            _core.HandlerFailed($"udp {local}", exception);
        }
    }

    private sealed class Report(DatagramListener listener, FailedDatagram failed) : IThreadPoolWorkItem
    {
        public void Execute() => listener.Tell(failed);
    }
}

/// <inheritdoc/>
/// <typeparam name="THandler">What gets the datagrams.</typeparam>
internal sealed class DatagramListener<THandler>(StackCore core, HostSocket socket, THandler handler, UdpListenOptions options)
    : DatagramListener(core, socket, options)
    where THandler : struct, IDatagramHandler
{
    private readonly THandler _handler = handler;

    protected override void Handle(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload) => _handler.OnDatagram(local, remote, payload);
}
