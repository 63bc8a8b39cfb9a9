namespace Mirage;

/// <summary>What a program may know of a host's IP layer.</summary>
public interface IIpAddressing
{
    /// <summary>The addresses of this host, each with its network.</summary>
    IReadOnlyList<IpNetwork> Addresses { get; }

    /// <summary>The address from which a packet to a destination would be sent.</summary>
    /// <param name="destination">The destination.</param>
    /// <returns>The address, or <see cref="ErrorKind.Unreachable"/> if there is no route.</returns>
    Result<IpAddress> SelectSource(IpAddress destination);

    /// <summary>The largest IP payload to a destination that needs no fragmentation, in bytes: the path's MTU less the IP header.</summary>
    /// <param name="destination">The destination.</param>
    /// <returns>The size.</returns>
    int MaxPayload(IpAddress destination);
}

/// <summary>The IP layer of one family, or of both: validates and delivers packets; routes and sends them. The rules of lending are those of <see cref="INetwork"/>.</summary>
public interface IIp : IIpAddressing
{
    /// <inheritdoc cref="IFrameDevice.Offload"/>
    static abstract NetworkOffload Offload { get; }

    /// <summary>Whether an address is one of this host's own.</summary>
    /// <param name="address">The address.</param>
    /// <returns>Whether it is.</returns>
    bool IsLocal(IpAddress address);

    /// <summary>Whether packets to addresses that are not this host's are taken too, and may be sent from such addresses: the host is a tunnel's far end, or others' router.</summary>
    bool AcceptsAnyAddress { get; }

    /// <summary>The largest IP payload that can come from a host in one packet: the link's MTU less the IP header (MMS_R, RFC 9293 §3.7.1). What was learnt of the path to it
    /// says nothing of the way back.</summary>
    /// <param name="source">The other host.</param>
    /// <returns>The size in bytes.</returns>
    int MaxReceivedPayload(IpAddress source);

    /// <summary>Changes whenever what <see cref="IIpAddressing.MaxPayload"/> says may have changed for some destination: a path MTU was learnt, or has aged
    /// (RFC 1191 §6.3, RFC 8201 §5.3). Whoever keeps a size asks again only then.</summary>
    int PathRevision { get; }

    /// <summary>Takes the size of the largest packet that a link on the way to a destination carries. Anybody can forge the message that says so: a transport calls this
    /// only when it quoted what the transport may have outstanding (RFC 5927 §7.2). A size above what is known already does nothing.</summary>
    /// <param name="destination">To where.</param>
    /// <param name="mtu">The packet's size in bytes with its IP header.</param>
    void ReportPathMtu(IpAddress destination, int mtu);

    /// <summary>Takes a hint that packets reach a destination: an acknowledgement of something new came back (RFC 4861 §7.3.1). The first hop need not be asked then whether it is there.</summary>
    /// <param name="destination">To where.</param>
    /// <param name="now">The present.</param>
    void ConfirmReachable(IpAddress destination, Instant now);

    /// <summary>Receives what is sent to a group, and tells the link's routers (RFC 3376, RFC 3810). Each join needs its leave.</summary>
    /// <param name="group">The group.</param>
    /// <returns>Done; <see cref="ErrorKind.Invalid"/> if it is no group of a family that this layer speaks, <see cref="ErrorKind.Full"/> if this host is in too many.</returns>
    Result JoinGroup(IpAddress group);

    /// <summary>Takes one join back.</summary>
    /// <param name="group">The group.</param>
    /// <returns>Done, or <see cref="ErrorKind.NotFound"/> if it was not joined.</returns>
    Result LeaveGroup(IpAddress group);

    /// <summary>Lends the payload of a packet to be written.</summary>
    /// <param name="info">Where it goes and how. The source must not be the default value: a transport's checksum covers it.</param>
    /// <param name="length">The payload's exact length in bytes. Above <see cref="IIpAddressing.MaxPayload"/> it is sent in fragments, up to what a packet can hold, or,
    /// with <see cref="IpPacketInfo.SegmentSize"/>, whole to the device, which cuts it: up to 65,535 bytes with the IP header.</param>
    /// <param name="payload">Exactly that many bytes, with unspecified content. Empty unless lent.</param>
    /// <returns>Whether it was lent; <see cref="LendStatus.TooLarge"/> if it would have to be fragmented and must not be.</returns>
    LendStatus Rent(in IpPacketInfo info, int length, out Span<byte> payload);

    /// <summary>Sends the packet whose payload was lent.</summary>
    /// <param name="info">Offsets from the payload's first byte.</param>
    /// <returns>What became of it.</returns>
    SendStatus Send(in FrameInfo info);

    /// <summary>Gives the lent packet back unsent.</summary>
    void Return();

    /// <summary>Takes a packet from the link, validates it, and passes its payload on if it is for this host.</summary>
    /// <typeparam name="THandler">The transports.</typeparam>
    /// <param name="packet">The packet, perhaps with trailing padding.</param>
    /// <param name="info">Offsets from the packet's first byte.</param>
    /// <param name="handler">What gets the payload.</param>
    void Input<THandler>(ReadOnlySpan<byte> packet, in FrameInfo info, THandler handler)
        where THandler : struct, IIpHandler;
}

/// <summary>What receives the payloads of IP packets.</summary>
public interface IIpHandler
{
    /// <summary>Takes a payload.</summary>
    /// <param name="info">From the packet's header.</param>
    /// <param name="packet">The whole packet without padding, which an ICMP error quotes; valid during the call only.</param>
    /// <param name="headerLength">How many bytes of it come before the payload.</param>
    /// <param name="frame">Offsets from the payload's first byte.</param>
    void OnPacket(in IpPacketInfo info, ReadOnlySpan<byte> packet, int headerLength, in FrameInfo frame);

    /// <summary>Takes what is wrong with a packet that is not delivered, where its sender is to be told.</summary>
    /// <param name="info">From the packet's header.</param>
    /// <param name="packet">The packet as far as there is one, from its IP header on; valid during the call only.</param>
    /// <param name="problem">What is wrong.</param>
    void OnProblem(in IpPacketInfo info, ReadOnlySpan<byte> packet, in IpProblem problem);
}
