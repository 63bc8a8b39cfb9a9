namespace Mirage;

/// <summary>What gets datagrams to addresses that are others': a small <see langword="readonly"/> <see langword="struct"/>. It runs on the packet path: it does not wait.</summary>
public interface IDatagramForwarder
{
    /// <summary>Takes a datagram.</summary>
    /// <typeparam name="TAssociation">The stack's association.</typeparam>
    /// <param name="association">From where to where. Its <see cref="IDatagramAssociation.State"/> is <see langword="null"/> for the first datagram.</param>
    /// <param name="payload">The data; valid during the call only.</param>
    void OnDatagram<TAssociation>(TAssociation association, ReadOnlySpan<byte> payload)
        where TAssociation : struct, IDatagramAssociation;

    /// <summary>An association has ended: it was silent for too long, made room for a new one, or forwarding was stopped. What belongs to it can be freed.</summary>
    /// <param name="local">To where the peer sent.</param>
    /// <param name="remote">The peer.</param>
    /// <param name="state">What the association had as its state.</param>
    void OnEnded(IpEndpoint local, IpEndpoint remote, object? state);
}

/// <summary>Datagrams between two endpoints, as long as there are some. It is a handle: after the end of its association it does nothing.</summary>
public interface IDatagramAssociation
{
    /// <summary>Whether it has not ended.</summary>
    bool IsOpen { get; }

    /// <summary>To where the peer sends; what is sent to the peer comes from there.</summary>
    IpEndpoint Local { get; }

    /// <summary>The peer.</summary>
    IpEndpoint Remote { get; }

    /// <summary>What the program keeps with it; <see langword="null"/> at first, and after the end.</summary>
    object? State { get; set; }

    /// <summary>Sends a datagram to the peer, in the name of <see cref="Local"/>, or drops it. Loop only.</summary>
    /// <param name="payload">The data; not kept after the call.</param>
    /// <returns>As <see cref="IUdp.SendUdp"/>; <see cref="ErrorKind.Closed"/> after the end.</returns>
    Result Send(ReadOnlySpan<byte> payload);

    /// <summary>Tells the peer, in the name of <see cref="Local"/>, that its last datagram was not delivered. The association goes on. Loop only.</summary>
    /// <param name="reason">Why.</param>
    /// <returns>Done, also if the error was not sent because too many were; or <see cref="ErrorKind.Closed"/>.</returns>
    Result Refuse(UnreachableReason reason);

    /// <summary>Ends it; <see cref="IDatagramForwarder.OnEnded"/> is called. Ending again does nothing. Loop only.</summary>
    void End();
}
