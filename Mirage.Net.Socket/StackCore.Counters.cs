namespace Mirage.Net.Socket;

internal sealed partial class StackCore
{
    private long _accepted;
    private long _connected;
    private long _rejected;
    private long _acceptFailures;
    private long _handlerFailures;
    private long _datagramsReceived;
    private long _datagramsSent;
    private long _datagramsDropped;
    private long _receiveFailures;

    public SocketStackCounters Counters
    {
        get
        {
            int connections;
            lock (_gate)
            {
                connections = _connections.Count;
            }

            return new()
            {
                Connections = connections,
                Accepted = Interlocked.Read(ref _accepted),
                Connected = Interlocked.Read(ref _connected),
                Rejected = Interlocked.Read(ref _rejected),
                AcceptFailures = Interlocked.Read(ref _acceptFailures),
                HandlerFailures = Interlocked.Read(ref _handlerFailures),
                DatagramsReceived = Interlocked.Read(ref _datagramsReceived),
                DatagramsSent = Interlocked.Read(ref _datagramsSent),
                DatagramsDropped = Interlocked.Read(ref _datagramsDropped),
                ReceiveFailures = Interlocked.Read(ref _receiveFailures),
            };
        }
    }

    public void CountAcceptFailure() => Interlocked.Increment(ref _acceptFailures);

    public void CountDatagramReceived() => Interlocked.Increment(ref _datagramsReceived);

    public void CountReceiveFailure() => Interlocked.Increment(ref _receiveFailures);
}
