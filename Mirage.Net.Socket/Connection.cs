using System.Net.Sockets;

namespace Mirage.Net.Socket;

/// <summary>
/// A connected socket. The socket is used by at most one read and one write at a time, and it is disposed of by whoever is the last to leave it
/// after the connection was closed: so no operation ever meets a disposed socket, and a close is never turned into a reset by a pending one.
/// </summary>
internal sealed partial class Connection
{
    private const int ReadBusy = 1;
    private const int WriteBusy = 1 << 1;
    private const int ReadShut = 1 << 2;
    private const int WriteShut = 1 << 3;
    private const int Closed = 1 << 4;
    private const int Aborted = 1 << 5;
    private const int Finishing = 1 << 6;
    private const int ReadFailed = 1 << 7;
    private const int WriteFailed = 1 << 8;
    private const int Discarding = 1 << 9;
    private const int Ended = 1 << 10;

    private readonly StackCore _core;
    private readonly HostSocket _socket;

    // Cancelled to end a wait, by the caller's token or a close, and then replaced.
    private CancellationTokenSource _readStop = new();
    private CancellationTokenSource _writeStop = new();
    private int _state;

    // The first error that the host told, as a SocketError: it tells each error once only, to a read or to a write.
    private int _failure;

    /// <exception cref="SocketException">It is not connected any more.</exception>
    public Connection(StackCore core, HostSocket socket)
    {
        _core = core;
        _socket = socket;
        Local = HostSockets.LocalOf(socket);
        Remote = IpEndpoint.From((System.Net.IPEndPoint)socket.RemoteEndPoint!);
    }

    public IpEndpoint Local { get; }

    public IpEndpoint Remote { get; }

    /// <summary>For tests.</summary>
    public HostSocket Socket => _socket;

    private int State => Volatile.Read(ref _state);

    private bool Has(int state) => (State & state) != 0;

    private DeviceError Failure => HostErrors.OfFlow((SocketError)_failure);

    private DeviceError ClosedError => Has(Aborted) ? ErrorKind.Reset : ErrorKind.Closed;

    private DeviceError Fail(SocketError error, int side)
    {
        _ = Interlocked.CompareExchange(ref _failure, (int)error, 0);
        _ = Interlocked.Or(ref _state, side);
        return Failure;
    }

    private static void Renew(ref CancellationTokenSource stop)
    {
        if (stop.IsCancellationRequested)
        {
            stop = new CancellationTokenSource();
        }
    }
}
