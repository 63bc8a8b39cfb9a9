namespace Mirage;

/// <summary>What decides about connections to addresses that are others', and serves those that it accepts: a small <see langword="readonly"/> <see langword="struct"/>.</summary>
public interface IConnectionForwarder
{
    /// <summary>
    /// Decides about one connection, now or later: it may first find out whether the destination can be reached, and then accept, refuse or drop. The peer waits meanwhile.
    /// When it returns, the stack drops the request if it was not decided, and closes the flow if it was accepted; when it throws, the stack resets the flow, or drops the request, and
    /// reports the exception.
    /// </summary>
    /// <typeparam name="TRequest">The stack's request.</typeparam>
    /// <typeparam name="TFlow">The stack's flow.</typeparam>
    /// <param name="request">The connection that is asked for.</param>
    /// <returns>When it has been served.</returns>
    ValueTask ForwardAsync<TRequest, TFlow>(TRequest request)
        where TRequest : struct, IConnectionRequest<TFlow>
        where TFlow : struct, IFlow;
}

/// <summary>A connection that a peer asks for, before it is answered. It is decided once: further decisions fail with <see cref="ErrorKind.Closed"/>.</summary>
/// <typeparam name="TFlow">The stack's flow.</typeparam>
public interface IConnectionRequest<TFlow>
    where TFlow : struct, IFlow
{
    /// <summary>To where the peer wants to connect. It is the local end of the flow.</summary>
    IpEndpoint Local { get; }

    /// <summary>The peer.</summary>
    IpEndpoint Remote { get; }

    /// <summary>Cancelled when the request is withdrawn before it is decided: the peer gave up, it took too long, or the stack is disconnected.</summary>
    CancellationToken Withdrawn { get; }

    /// <summary>Accepts: answers the peer's SYN, in the name of <see cref="Local"/>.</summary>
    /// <param name="cancellation">Ends the wait and resets the connection.</param>
    /// <returns>The flow when the connection is established, or why it was not: <see cref="ErrorKind.TimedOut"/> or <see cref="ErrorKind.Reset"/> if the peer has gone meanwhile,
    /// <see cref="ErrorKind.Full"/> if the stack has no room, <see cref="ErrorKind.Closed"/> if it was decided or withdrawn before.</returns>
    ValueTask<Result<TFlow>> AcceptAsync(CancellationToken cancellation = default);

    /// <summary>Refuses with a reset: the peer sees "connection refused".</summary>
    /// <returns>Done, or <see cref="ErrorKind.Closed"/>.</returns>
    Result Refuse();

    /// <summary>Refuses with an ICMP error in the name of <see cref="Local"/>: the peer sees "host unreachable" or "network unreachable".</summary>
    /// <param name="reason">Why.</param>
    /// <returns>Done, also if the error was not sent because too many were; or <see cref="ErrorKind.Closed"/>.</returns>
    Result Refuse(UnreachableReason reason);

    /// <summary>Does not answer: the peer tries again, which is a new request, and gives up in the end.</summary>
    /// <returns>Done, or <see cref="ErrorKind.Closed"/>.</returns>
    Result Drop();
}
