namespace Mirage;

/// <summary>
/// A network stack: TCP, UDP and what a program may know of IP, in one type parameter. A server needs no more than
/// <c>where TStack : struct, IStack</c>.
/// <para>Handlers and the continuations of flows run where the stack says: on its loop, one after another (the direct stack; a socket stack
/// made on a loop), or on the thread pool (a socket stack made elsewhere).</para>
/// </summary>
public interface IStack : ITcp, IUdp, IIpAddressing
{
    /// <summary>Whether this is the default value, which names nothing.</summary>
    bool IsDefault { get; }

    /// <summary>Waits until the stack is disconnected or the wait is cancelled; the stack works whether or not somebody waits here.</summary>
    /// <param name="cancellation">Ends the wait, without an exception: this is how a program is told to stop.</param>
    /// <returns>When either has happened.</returns>
    /// <exception cref="DeviceException">The device underneath failed: it was removed, for example.</exception>
    Task RunAsync(CancellationToken cancellation = default);

    /// <summary>Closes listeners, resets the connections that are left, and closes the device underneath. Doing it again does nothing.</summary>
    /// <returns>When it is done.</returns>
    ValueTask DisconnectAsync();
}

/// <summary>A stack whose flow has a type that the caller can name: for clients that keep connections.</summary>
/// <typeparam name="TSelf">The stack.</typeparam>
/// <typeparam name="TFlow">Its flow.</typeparam>
public interface IStack<TSelf, TFlow> : IStack, ITcp<TFlow>
    where TSelf : struct, IStack<TSelf, TFlow>
    where TFlow : struct, IFlow
{
}
