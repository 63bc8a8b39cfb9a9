namespace Mirage;

/// <summary>
/// What a tunnel or a proxy does with connections that others try to open to any address and port. It is a small <see langword="readonly"/> <see langword="struct"/>,
/// and is asked before the SYN is answered, so that what cannot be reached is refused where it was asked for.
/// </summary>
public interface ITcpForwarder
{
    /// <summary>
    /// Decides about one connection, and serves it. Returning without a decision refuses it; when this returns after accepting, the stack closes the flow, and when it
    /// throws, the stack resets the flow and reports the exception.
    /// </summary>
    /// <typeparam name="TRequest">The stack's request.</typeparam>
    /// <typeparam name="TFlow">The stack's flow.</typeparam>
    /// <param name="request">Who wants to be connected to what; valid until this returns.</param>
    /// <returns>When it has been served.</returns>
    ValueTask ForwardAsync<TRequest, TFlow>(TRequest request)
        where TRequest : struct, ITcpForwardRequest<TFlow>
        where TFlow : struct, IFlow;
}

/// <summary>An attempt to connect that waits for a decision. The first decision counts. The peer repeats its SYN meanwhile; when it gives up, or the stack does, accepting fails.</summary>
/// <typeparam name="TFlow">The stack's flow.</typeparam>
public interface ITcpForwardRequest<TFlow>
    where TFlow : struct, IFlow
{
    /// <summary>Who connects.</summary>
    IpEndpoint Source { get; }

    /// <summary>To where, which need not be an address of this host.</summary>
    IpEndpoint Destination { get; }

    /// <summary>Cancelled when there is nothing to decide any more, because the peer, or the stack, gave up before: what is being tried for the connection can be given up
    /// too.</summary>
    CancellationToken Withdrawn { get; }

    /// <summary>Answers the SYN, and waits for the connection to be established.</summary>
    /// <param name="cancellation">Ends the wait, and the attempt.</param>
    /// <returns>The connection, whose local end is <see cref="Destination"/>; <see cref="ErrorKind.TimedOut"/> or <see cref="ErrorKind.Reset"/> if the peer has given
    /// up, <see cref="ErrorKind.Invalid"/> if it was decided otherwise before.</returns>
    ValueTask<Result<TFlow>> AcceptAsync(CancellationToken cancellation = default);

    /// <summary>Answers with a reset: the peer sees that the connection is refused. Loop only.</summary>
    void Refuse();

    /// <summary>Answers with an ICMP error in the name of <see cref="Destination"/>: the peer sees that the host, or the network, cannot be reached. Loop only.</summary>
    /// <param name="reason">Why.</param>
    void Refuse(UnreachableReason reason);

    /// <summary>Does not answer: the peer sees nothing, and tries again for a while. Loop only.</summary>
    void Drop();
}
