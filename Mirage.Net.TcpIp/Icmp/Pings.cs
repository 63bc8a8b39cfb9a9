using System.Buffers.Binary;

namespace Mirage.Net.TcpIp;

/// <summary>Echo requests that wait for their answer.</summary>
/// <param name="platform">The platform.</param>
/// <param name="max">How many at the most.</param>
internal sealed class Pings<TPlatform>(TPlatform platform, int max)
    where TPlatform : struct, IPlatform
{
    private readonly Dictionary<uint, Ping> _waiting = [];
    private ushort _identifier;
    private ushort _sequence;

    /// <summary>Begins to wait.</summary>
    /// <param name="destination">Whose answer counts.</param>
    /// <param name="payload">What it must repeat.</param>
    /// <param name="rest">Identifier and sequence number of the request to send.</param>
    /// <returns>What waits, or <see langword="null"/> if too many do.</returns>
    public Ping? Begin(IpAddress destination, ReadOnlyMemory<byte> payload, out uint rest)
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
    public async ValueTask<Result<TimeSpan>> WaitAsync(Ping ping, uint rest, TimeSpan timeout, CancellationToken cancellation)
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

    public void Forget(uint rest)
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
    /// <returns>Whether it is about one that waits.</returns>
    public bool TryFail(in IpAddress destination, uint rest, DeviceError error)
    {
        if (!_waiting.TryGetValue(rest, out var ping) || ping.Destination != destination)
        {
            return false;
        }

        ping.End(platform, error);
        return true;
    }

    internal sealed class Ping(IpAddress destination, ReadOnlyMemory<byte> payload, Instant sentAt) : TaskCompletionSource<Result<TimeSpan>>
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
