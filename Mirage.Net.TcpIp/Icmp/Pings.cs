using System.Buffers.Binary;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>Echo requests of this host's own, of one family, that wait for their answer.</summary>
/// <param name="platform">The platform.</param>
/// <param name="max">How many at the most.</param>
internal sealed class Pings<TPlatform>(TPlatform platform, int max)
    where TPlatform : struct, IPlatform
{
    private readonly Dictionary<uint, Ping> _waiting = [];
    private ushort _identifier;
    private ushort _sequence;

    /// <summary>Asks, and waits for the answer.</summary>
    public async ValueTask<Result<TimeSpan>> PingAsync<TIp>(TIp ip, IpAddress destination, ReadOnlyMemory<byte> payload, TimeSpan timeout, CancellationToken cancellation)
        where TIp : struct, IIp
    {
        platform.CheckOnLoop();
        var source = ip.SelectSource(destination);
        if (!source.IsDone)
        {
            return source.Error;
        }

        if (Begin(destination, payload, out var rest) is not { } ping)
        {
            return ErrorKind.Full;
        }

        var sent = Send(ip, source.Value, destination, payload.Span, rest);
        if (!sent.IsDone)
        {
            Forget(rest);
            return sent.Error;
        }

        return await WaitAsync(ping, rest, timeout, cancellation).ConfigureAwait(true);
    }

    private static Result Send<TIp>(TIp ip, in IpAddress source, in IpAddress destination, ReadOnlySpan<byte> payload, uint rest)
        where TIp : struct, IIp
    {
        var info = new IpPacketInfo { Source = source, Destination = destination, Protocol = destination.IsV6 ? IpProtocol.Icmpv6 : IpProtocol.Icmp };
        var headerSize = destination.IsV6 ? Icmpv6Message.HeaderSize : Icmpv4Message.HeaderSize;
        var status = ip.Rent(info, headerSize + payload.Length, out var message);
        if (status != LendStatus.Lent)
        {
            return status.ToError();
        }

        payload.CopyTo(message[headerSize..]);
        if (destination.IsV6)
        {
            Icmpv6Message.Write(source, destination, message, Icmpv6Type.EchoRequest, 0, rest);
        }
        else
        {
            Icmpv4Message.Write(message, Icmpv4Type.EchoRequest, 0, rest);
        }

        return ip.Send(default).ToResult();
    }

    /// <summary>Begins to wait.</summary>
    /// <param name="destination">Whose answer counts.</param>
    /// <param name="payload">What it must repeat.</param>
    /// <param name="rest">Identifier and sequence number of the request to send.</param>
    /// <returns>What waits, or <see langword="null"/> if too many do.</returns>
    private Ping? Begin(IpAddress destination, ReadOnlyMemory<byte> payload, out uint rest)
    {
        if (_identifier == 0)
        {
            Span<byte> bytes = stackalloc byte[sizeof(ushort)];
            platform.Fill(bytes);
            _identifier = (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(bytes) | 1);
        }

        rest = ((uint)_identifier << 16) | _sequence++;
        var ping = new Ping(destination, payload, platform.Now);
        return _waiting.Count < max && _waiting.TryAdd(rest, ping) ? ping : null;
    }

    /// <summary>Waits for the answer, and forgets the request.</summary>
    private async ValueTask<Result<TimeSpan>> WaitAsync(Ping ping, uint rest, TimeSpan timeout, CancellationToken cancellation)
    {
        try
        {
            return await ping.Task.WaitAsync(timeout, platform.TimeProvider, cancellation).ConfigureAwait(true);
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

    private void Forget(uint rest)
    {
        if (platform.IsOnLoop)
        {
            _ = _waiting.Remove(rest);
        }
        else
        {
            // A ping that was begun before the loop ran ends beside it.
            platform.Post(_ => _waiting.Remove(rest), null);
        }
    }

    /// <summary>An answer has come.</summary>
    public void OnReply(in IpAddress source, uint rest, ReadOnlySpan<byte> payload)
    {
        if (_waiting.TryGetValue(rest, out var ping) && ping.Destination == source && payload.SequenceEqual(ping.Payload.Span))
        {
            ping.End(platform, platform.Now - ping.SentAt);
        }
    }

    /// <summary>An error about a request has come.</summary>
    /// <param name="error">The error.</param>
    /// <param name="quoted">The ICMP message that it is about: at least 8 bytes.</param>
    /// <returns>Whether it is about one that waits: it quotes identifier and sequence number, which a stranger has to guess.</returns>
    public bool TryFail(in IpError error, ReadOnlySpan<byte> quoted)
    {
        var request = error.Remote.IsV6 ? (byte)Icmpv6Type.EchoRequest : (byte)Icmpv4Type.EchoRequest;
        if (quoted[0] != request || !_waiting.TryGetValue(BinaryPrimitives.ReadUInt32BigEndian(quoted[4..]), out var ping) || ping.Destination != error.Remote)
        {
            return false;
        }

        ping.End(platform, error.ToDeviceError());
        return true;
    }

    private sealed class Ping(IpAddress destination, ReadOnlyMemory<byte> payload, Instant sentAt) : TaskCompletionSource<Result<TimeSpan>>
    {
        public IpAddress Destination => destination;

        public ReadOnlyMemory<byte> Payload => payload;

        public Instant SentAt => sentAt;

        private Result<TimeSpan> Result { get; set; }

        /// <summary>Posted: the program goes on outside of the turn's packets.</summary>
        public void End(TPlatform platform, Result<TimeSpan> result)
        {
            Result = result;
            platform.Post(static ping => ((Ping)ping!).Finish(), this);
        }

        private void Finish() => _ = TrySetResult(Result);
    }
}
