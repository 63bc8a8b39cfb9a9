namespace Mirage;

/// <summary>
/// What a tunnel or a proxy does with datagrams that others send to any address and port. It is a small <see langword="readonly"/> <see langword="struct"/>, and runs on the packet path:
/// it does not wait.
/// </summary>
public interface IUdpForwarder
{
    /// <summary>Takes a datagram.</summary>
    /// <typeparam name="TAssociation">The stack's association.</typeparam>
    /// <param name="association">From where to where. Its <see cref="IUdpAssociation.State"/> is <see langword="null"/> at the first datagram.</param>
    /// <param name="payload">The data; valid during the call only.</param>
    void OnDatagram<TAssociation>(TAssociation association, ReadOnlySpan<byte> payload)
        where TAssociation : struct, IUdpAssociation;

    /// <summary>An association has ended: it was silent for too long, made room for a new one, or was ended. What belongs to it can be freed.</summary>
    /// <param name="source">Who sent.</param>
    /// <param name="destination">To where.</param>
    /// <param name="state">What the association had as its state.</param>
    void OnEnded(IpEndpoint source, IpEndpoint destination, object? state);
}

/// <summary>The datagrams between two endpoints, as long as there are some. It is a handle: after the end of its association it does nothing.</summary>
public interface IUdpAssociation
{
    /// <summary>Whether it has not ended.</summary>
    bool IsOpen { get; }

    /// <summary>Who sends.</summary>
    IpEndpoint Source { get; }

    /// <summary>To where, which need not be an address of this host.</summary>
    IpEndpoint Destination { get; }

    /// <summary>What the program keeps with it; <see langword="null"/> at first, and after the end.</summary>
    object? State { get; set; }

    /// <summary>Sends a datagram back to <see cref="Source"/>, in the name of <see cref="Destination"/>, or drops it. Loop only.</summary>
    /// <param name="payload">The data; not kept after the call.</param>
    /// <returns>As <see cref="IUdp.SendUdp(IpEndpoint, IpEndpoint, ReadOnlySpan{byte})"/>; <see cref="ErrorKind.Closed"/> after the end.</returns>
    Result Reply(ReadOnlySpan<byte> payload);

    /// <summary>Tells <see cref="Source"/>, by an ICMP error in the name of <see cref="Destination"/>, that its last datagram was not delivered. The association goes on. Loop
    /// only.</summary>
    /// <param name="reason">Why.</param>
    void Refuse(UnreachableReason reason);

    /// <summary>Ends it; <see cref="IUdpForwarder.OnEnded"/> is called. Ending again does nothing. Loop only.</summary>
    void End();
}

/// <summary>How to take datagrams to any address.</summary>
public sealed record UdpForwardOptions
{
    /// <summary>How long an association is silent, in both directions, until it ends. RFC 4787 (REQ-5) asks for at least two minutes, and advises five.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(5);
}
