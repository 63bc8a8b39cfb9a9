using System.Buffers;

namespace Mirage;

/// <summary>
/// A connected, bidirectional stream of bytes: TCP, TLS over a flow, a console, a pipe in memory.
/// <para>At most one read and one write are pending at a time; a second one throws <see cref="InvalidOperationException"/>. Reads and
/// writes do not wait for each other. Where a flow is recycled, each call checks that the handle is still the current one, and a stale
/// handle gives <see cref="ErrorKind.Closed"/>. The default value of a flow names nothing: using it throws
/// <see cref="InvalidOperationException"/>.</para>
/// <para>Each returned <see cref="ValueTask"/> is awaited once, at once. Cancellation throws <see cref="OperationCanceledException"/>; every other
/// failure is in the result.</para>
/// </summary>
public interface IFlow
{
    /// <summary>Whether this is the default value, which names nothing.</summary>
    bool IsDefault { get; }

    /// <summary>This end; <see cref="IpEndpoint.None"/> where there is none.</summary>
    IpEndpoint Local { get; }

    /// <summary>The other end; <see cref="IpEndpoint.None"/> where there is none.</summary>
    IpEndpoint Remote { get; }

    /// <summary>
    /// Reads into the caller's buffer, which is the flow's until the task completes. Waits for at least one byte. A peer's reset is an
    /// error, not the end. After the end or an error no later read gives data.
    /// </summary>
    /// <param name="buffer">Where to put the bytes. An empty buffer waits until a read would not wait, and then gives 0 bytes of
    /// data, or the end, or an error.</param>
    /// <param name="cancellation">Ends the wait; no bytes are lost.</param>
    /// <returns>What was read.</returns>
    ValueTask<FlowRead> ReadAsync(Memory<byte> buffer, CancellationToken cancellation = default);

    /// <summary>
    /// Writes all of the buffer. Completes when all of it is accepted, after which the buffer is the caller's again; this is not a
    /// promise that the peer has it. Waits while the flow has no room: that is the back-pressure.
    /// </summary>
    /// <param name="buffer">The bytes; they must not change until the task completes.</param>
    /// <param name="cancellation">Ends the wait. If nothing of the buffer was accepted the flow stays writable; otherwise it is
    /// aborted, since the peer would see half a message.</param>
    /// <returns>Done, <see cref="ErrorKind.Closed"/>, <see cref="ErrorKind.Reset"/> or another error; after an error no later write succeeds.</returns>
    ValueTask<Result> WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellation = default);

    /// <summary>Writes all of the segments in order, as <see cref="WriteAsync(ReadOnlyMemory{byte}, CancellationToken)"/> does with one.</summary>
    /// <param name="buffers">The bytes; they must not change until the task completes.</param>
    /// <param name="cancellation">As there.</param>
    /// <returns>As there.</returns>
    ValueTask<Result> WriteAsync(ReadOnlySequence<byte> buffers, CancellationToken cancellation = default);

    /// <summary>
    /// Ends one side or both. Ending the write side flushes what was accepted and then signals the end (for TCP a FIN: half-close, RFC 9293
    /// §3.6). Shutting down what is shut already is done at once.
    /// </summary>
    /// <param name="direction">Which side.</param>
    /// <param name="cancellation">Ends the wait, not the shutdown.</param>
    /// <returns>Done, or why the flow could not be shut down.</returns>
    ValueTask<Result> ShutdownAsync(FlowDirection direction, CancellationToken cancellation = default);

    /// <summary>
    /// Closes both sides, after which the flow is gone for this caller: what was accepted is still sent, pending and later reads and
    /// writes give <see cref="ErrorKind.Closed"/>, and what is underneath is closed too. Closing again is done at once.
    /// </summary>
    /// <param name="cancellation">Ends the wait, not the closing.</param>
    /// <returns>Done, or why what was accepted could not be flushed.</returns>
    ValueTask<Result> CloseAsync(CancellationToken cancellation = default);

    /// <summary>
    /// Ends the flow at once, without flushing: for TCP a reset. Pending and later reads and writes give <see cref="ErrorKind.Reset"/>
    /// or <see cref="ErrorKind.Closed"/>. Aborting what is closed does nothing.
    /// </summary>
    /// <returns>When the flow is gone.</returns>
    ValueTask AbortAsync();

    /// <summary>
    /// Something more that this flow offers: its TCP options and statistics, what TLS negotiated, the flow underneath. Wrappers answer for
    /// themselves first and then ask the flow that they wrap.
    /// </summary>
    /// <typeparam name="TFeature">The type that names the feature.</typeparam>
    /// <param name="feature">The feature.</param>
    /// <returns>Whether this flow, or one underneath, has it.</returns>
    bool TryGet<TFeature>(out TFeature feature)
        where TFeature : struct;
}
