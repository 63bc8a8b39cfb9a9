using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace Mirage;

/// <summary>A datagram that was received.</summary>
/// <param name="Local">To which of this host's endpoints it came.</param>
/// <param name="Remote">From where.</param>
/// <param name="Payload">The data: a copy that is the receiver's.</param>
public sealed record ReceivedDatagram(IpEndpoint Local, IpEndpoint Remote, byte[] Payload);

/// <summary>
/// Keeps datagrams until the program awaits them: a handler to give to <see cref="IUdp.ListenUdp"/>. It is bounded; what comes while it is full is dropped and counted. What awaits
/// may go on within the arrival of the datagram, where handlers run, and like a handler it must not block. Any thread.
/// </summary>
public readonly struct DatagramQueue : IDatagramHandler
{
    private readonly Core? _core;

    /// <summary>Makes an empty queue.</summary>
    /// <param name="capacity">How many datagrams it keeps, at least 1.</param>
    public DatagramQueue(int capacity) => _core = new Core(capacity);

    /// <summary>Whether this is the default value, which names nothing.</summary>
    public bool IsDefault => _core is null;

    /// <summary>How many datagrams were dropped because the queue was full.</summary>
    public long Dropped => Get().Dropped;

    /// <summary>How many datagrams wait.</summary>
    public int Count => Get().Channel.Reader.Count;

    /// <inheritdoc/>
    public void OnDatagram(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload) => Get().Add(local, remote, payload);

    /// <summary>Waits for the next datagram.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The datagram.</returns>
    public ValueTask<ReceivedDatagram> ReceiveAsync(CancellationToken cancellation = default) => Get().Channel.Reader.ReadAsync(cancellation);

    /// <summary>Takes the next datagram, if one is there.</summary>
    /// <param name="datagram">The datagram.</param>
    /// <returns>Whether one was there.</returns>
    public bool TryReceive([NotNullWhen(true)] out ReceivedDatagram? datagram) => Get().Channel.Reader.TryRead(out datagram);

    private Core Get() => _core ?? throw new InvalidOperationException("this DatagramQueue is the default value and names no queue");

    private sealed class Core(int capacity)
    {
        private long _dropped;

        public Channel<ReceivedDatagram> Channel { get; } = System.Threading.Channels.Channel.CreateBounded<ReceivedDatagram>(
            new BoundedChannelOptions(capacity) { AllowSynchronousContinuations = true });

        public long Dropped => Interlocked.Read(ref _dropped);

        public void Add(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload)
        {
            // What is to be dropped is not copied first; when two threads fill the last place the channel itself refuses one.
            if (Channel.Reader.Count >= capacity || !Channel.Writer.TryWrite(new ReceivedDatagram(local, remote, payload.ToArray())))
            {
                _ = Interlocked.Increment(ref _dropped);
            }
        }
    }
}
