namespace Mirage;

/// <summary>Why a destination cannot be reached: codes that both versions of ICMP have (RFC 792, RFC 4443 §3.1).</summary>
public enum UnreachableReason : byte
{
    /// <summary>No route to the network.</summary>
    Network = 0,

    /// <summary>The host does not answer.</summary>
    Host = 1,

    /// <summary>The host does not speak the protocol.</summary>
    Protocol = 2,

    /// <summary>Nobody listens on the port.</summary>
    Port = 3,
}

/// <summary>The control protocol of IP: answers echo requests, sends them, and tells of errors.</summary>
public interface IIcmp
{
    /// <summary>Takes an ICMP message, and passes on what it says to others.</summary>
    /// <typeparam name="THandler">What gets errors and messages of other protocols.</typeparam>
    /// <param name="info">From the packet's header.</param>
    /// <param name="message">The message; valid during the call only.</param>
    /// <param name="handler">What gets errors and messages of other protocols.</param>
    void Input<THandler>(in IpPacketInfo info, ReadOnlySpan<byte> message, THandler handler)
        where THandler : struct, IIcmpHandler;

    /// <summary>Tells the sender of a packet that it could not be delivered (RFC 1122 §3.2.2). Sends nothing where that is forbidden: to
    /// groups and everyone, in answer to ICMP errors, for fragments other than the first.</summary>
    /// <param name="info">From the packet's header.</param>
    /// <param name="packet">The packet, from its IP header on.</param>
    /// <param name="reason">Why.</param>
    void SendUnreachable(in IpPacketInfo info, ReadOnlySpan<byte> packet, UnreachableReason reason);

    /// <summary>Tells the sender of a packet what was wrong with it; nothing where that is forbidden, as with <see cref="SendUnreachable"/>.</summary>
    /// <param name="info">From the packet's header.</param>
    /// <param name="packet">The packet, from its IP header on.</param>
    /// <param name="problem">What was wrong.</param>
    void SendProblem(in IpPacketInfo info, ReadOnlySpan<byte> packet, in IpProblem problem);

    /// <summary>Sends an echo request and waits for the answer.</summary>
    /// <param name="destination">Whom to ask.</param>
    /// <param name="payload">What the answer must repeat.</param>
    /// <param name="timeout">How long to wait.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The round-trip time, or why there was no answer.</returns>
    ValueTask<Result<TimeSpan>> PingAsync(IpAddress destination, ReadOnlyMemory<byte> payload, TimeSpan timeout, CancellationToken cancellation = default);
}

/// <summary>What receives what ICMP messages say to others than ICMP itself.</summary>
public interface IIcmpHandler : IIpErrorHandler
{
    /// <summary>Takes a message of a protocol that travels in ICMP: neighbour discovery (RFC 4861), multicast listener discovery (RFC 3810).</summary>
    /// <param name="info">From the packet's header.</param>
    /// <param name="message">The message, whose checksum is right; valid during the call only.</param>
    void OnMessage(in IpPacketInfo info, ReadOnlySpan<byte> message);
}
