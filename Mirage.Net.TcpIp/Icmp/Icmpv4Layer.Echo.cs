using System.Buffers.Binary;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>Echo requests of this host's own.</summary>
internal sealed partial class Icmpv4Layer<TIp, TPlatform>
{
    private readonly Dictionary<uint, Ping> _pings = [];
    private ushort _identifier;
    private ushort _sequence;

    public async ValueTask<Result<TimeSpan>> PingAsync(IpAddress destination, ReadOnlyMemory<byte> payload, TimeSpan timeout, CancellationToken cancellation)
    {
        _platform.CheckOnLoop();
        if (_pings.Count >= limits.MaxPings)
        {
            return ErrorKind.Full;
        }

        var source = _ip.SelectSource(destination);
        if (!source.IsDone)
        {
            return source.Error;
        }

        if (_identifier == 0)
        {
            _identifier = (ushort)(Random() | 1);
        }

        var rest = ((uint)_identifier << 16) | _sequence++;
        var ping = new Ping(destination, payload, _platform.Now);
        if (!_pings.TryAdd(rest, ping))
        {
            return ErrorKind.Full;
        }

        try
        {
            var sent = SendEcho(source.Value, destination, payload.Span, rest);
            if (!sent.IsDone)
            {
                return sent.Error;
            }

            return await ping.Task.WaitAsync(timeout, _platform.TimeProvider, cancellation).ConfigureAwait(true);
        }
        catch (TimeoutException)
        {
            return ErrorKind.TimedOut;
        }
        finally
        {
            Forget(rest);
        }
    }

    private void InputReply(in IpPacketInfo info, in Icmpv4Message reply)
    {
        if (_pings.TryGetValue(reply.Rest, out var ping) && ping.Destination == info.Source && reply.Payload.SequenceEqual(ping.Payload.Span))
        {
            ping.Result = _platform.Now - ping.SentAt;
            Finish(ping);
        }
    }

    /// <summary>An error about an echo request of ours: it quotes identifier and sequence number, which a stranger has to guess.</summary>
    private void InputEchoError(in IpError error, ReadOnlySpan<byte> quoted)
    {
        if ((Icmpv4Type)quoted[0] != Icmpv4Type.EchoRequest
            || !_pings.TryGetValue(BinaryPrimitives.ReadUInt32BigEndian(quoted[4..]), out var ping) || ping.Destination != error.Remote)
        {
            _counters = _counters with { ErrorsRefused = _counters.ErrorsRefused + 1 };
            return;
        }

        _counters = _counters with { ErrorsReceived = _counters.ErrorsReceived + 1 };
        if (error.Kind == IpErrorKind.PacketTooBig)
        {
            _ip.ReportPathMtu(error.Remote, error.Mtu);
        }

        ping.Result = error.ToDeviceError();
        Finish(ping);
    }

    /// <summary>Posted: the program goes on outside of the turn's packets.</summary>
    private void Finish(Ping ping) => _platform.Post(static ping => ((Ping)ping!).Finish(), ping);

    private void Forget(uint rest)
    {
        if (_platform.IsOnLoop)
        {
            _ = _pings.Remove(rest);
        }
        else
        {
            // A ping that was begun before the loop ran ends beside it.
            _platform.Post(_ => _pings.Remove(rest), null);
        }
    }

    private Result SendEcho(IpAddress source, IpAddress destination, ReadOnlySpan<byte> payload, uint rest)
    {
        var info = new IpPacketInfo { Source = source, Destination = destination, Protocol = IpProtocol.Icmp };
        var status = _ip.Rent(info, Icmpv4Message.HeaderSize + payload.Length, out var message);
        if (status != LendStatus.Lent)
        {
            return status.ToError();
        }

        payload.CopyTo(message[Icmpv4Message.HeaderSize..]);
        Icmpv4Message.Write(message, Icmpv4Type.EchoRequest, 0, rest);
        return _ip.Send(default).ToResult();
    }

    private uint Random()
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        _platform.Fill(bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    private sealed class Ping(IpAddress destination, ReadOnlyMemory<byte> payload, Instant sentAt) : TaskCompletionSource<Result<TimeSpan>>
    {
        public IpAddress Destination => destination;

        public ReadOnlyMemory<byte> Payload => payload;

        public Instant SentAt => sentAt;

        public Result<TimeSpan> Result { get; set; }

        public void Finish() => _ = TrySetResult(Result);
    }
}
