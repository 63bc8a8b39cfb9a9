namespace Mirage;

/// <summary>
/// What an IP layer sends over: something that brings a packet to a next hop. Over Ethernet this is address resolution (ARP, NDP); over a
/// packet device the next hop is ignored. The rules of lending are those of <see cref="INetwork"/>.
/// </summary>
/// <typeparam name="TAddress">The address family of the next hop.</typeparam>
public interface IIpLink<TAddress>
    where TAddress : struct
{
    /// <inheritdoc cref="IFrameDevice.Offload"/>
    static abstract NetworkOffload Offload { get; }

    /// <summary>The largest packet in bytes, with its IP header.</summary>
    int Mtu { get; }

    /// <summary>Lends a packet to be written. While the next hop's link address is being found, what is written is kept in a bounded queue.</summary>
    /// <param name="nextHop">The neighbour: the destination itself on this link, or a router. May be a group.</param>
    /// <param name="length">The packet's length, at most <see cref="Mtu"/>.</param>
    /// <param name="packet">Exactly that many bytes, with unspecified content. Empty unless lent.</param>
    /// <returns>Whether it was lent; <see cref="LendStatus.Unreachable"/> if the neighbour does not answer.</returns>
    LendStatus Rent(TAddress nextHop, int length, out Span<byte> packet);

    /// <summary>Lends a packet to be written that goes to everyone on the link.</summary>
    /// <param name="length">The packet's length, at most <see cref="Mtu"/>.</param>
    /// <param name="packet">Exactly that many bytes, with unspecified content. Empty unless lent.</param>
    /// <returns>Whether it was lent.</returns>
    LendStatus RentBroadcast(int length, out Span<byte> packet);

    /// <summary>Sends the lent packet.</summary>
    /// <param name="length">How many bytes of it.</param>
    /// <param name="info">Offsets from the packet's first byte.</param>
    /// <returns>What became of it.</returns>
    SendStatus Send(int length, in FrameInfo info);

    /// <summary>Gives the lent packet back unsent.</summary>
    void Return();

    /// <summary>Tells the link which of this host's addresses to answer for.</summary>
    /// <param name="address">An address that the host now has.</param>
    void AddAddress(TAddress address);

    /// <summary>Tells the link to stop answering for an address.</summary>
    /// <param name="address">An address that the host had.</param>
    void RemoveAddress(TAddress address);

    /// <summary>Tells the link to receive what is sent to a group. Each call needs its <see cref="RemoveGroup"/>.</summary>
    /// <param name="group">The group.</param>
    void AddGroup(TAddress group);

    /// <summary>Tells the link that one call of <see cref="AddGroup"/> is over.</summary>
    /// <param name="group">The group.</param>
    void RemoveGroup(TAddress group);

    /// <summary>Whether an address that the link was told of may be used: a link may first ask whether another host has it.</summary>
    /// <param name="address">The address.</param>
    /// <returns>Its state on this link.</returns>
    LinkAddressState StateOf(TAddress address);

    /// <summary>Takes a hint that a neighbour brings packets on: what came back shows that it does (RFC 4861 §7.3.1). Links that ask nobody ignore it.</summary>
    /// <param name="neighbour">The neighbour.</param>
    void Confirm(TAddress neighbour);

    /// <summary>Runs what is due: repeated questions, ageing.</summary>
    /// <typeparam name="THandler">What is told of packets that could not be brought to a neighbour.</typeparam>
    /// <param name="now">The present.</param>
    /// <param name="handler">What is told of packets that could not be brought to a neighbour.</param>
    /// <returns>When to call again.</returns>
    Instant RunTimers<THandler>(Instant now, THandler handler)
        where THandler : struct, IUndeliveredHandler;
}

/// <summary>What is told of packets that waited for a neighbour who does not answer (RFC 1122 §2.4).</summary>
public interface IUndeliveredHandler
{
    /// <summary>Takes a packet that will not be delivered.</summary>
    /// <param name="packet">The packet with its IP header, as this host sent it; valid during the call only.</param>
    void OnUndelivered(ReadOnlySpan<byte> packet);
}

/// <summary>What a link knows of an address of this host's.</summary>
public enum LinkAddressState : byte
{
    /// <summary>It may be used.</summary>
    Ready = 0,

    /// <summary>It is being asked whether another host has it (RFC 4862 §5.4); it may not be used yet.</summary>
    Tentative,

    /// <summary>Another host has it: it may not be used.</summary>
    Duplicate,
}

/// <summary>Address resolution for IPv4 over Ethernet (RFC 826), and the link that it makes.</summary>
public interface IArp : IIpLink<Ipv4Address>
{
    /// <summary>Takes an ARP packet.</summary>
    /// <param name="packet">What the frame carried.</param>
    void Input(ReadOnlySpan<byte> packet);

    /// <summary>Finds a neighbour's Ethernet address, asking for it if it is not known.</summary>
    /// <param name="address">The neighbour.</param>
    /// <param name="cancellation">Ends the wait, not the asking.</param>
    /// <returns>The address; <see cref="ErrorKind.Unreachable"/> when nobody answered.</returns>
    ValueTask<Result<MacAddress>> QueryAsync(Ipv4Address address, CancellationToken cancellation = default);

    /// <summary>Enters a neighbour that is not asked for and does not age.</summary>
    /// <param name="address">The neighbour.</param>
    /// <param name="mac">Its Ethernet address.</param>
    void AddStatic(Ipv4Address address, MacAddress mac);
}

/// <summary>Neighbour discovery for IPv6 over Ethernet (RFC 4861 §7), and the link that it makes.</summary>
public interface INdp : IIpLink<Ipv6Address>
{
    /// <summary>This host's address on the link.</summary>
    MacAddress Mac { get; }

    /// <summary>Changes whenever a neighbour stops answering, or is forgotten: whoever has chosen one for a router looks again.</summary>
    int Revision { get; }

    /// <summary>Takes a message of neighbour discovery; those that are not about neighbours' addresses are ignored.</summary>
    /// <param name="info">From the packet's header.</param>
    /// <param name="message">The message, whose checksum is right; valid during the call only.</param>
    void Input(in IpPacketInfo info, ReadOnlySpan<byte> message);

    /// <summary>Takes a neighbour's Ethernet address from what it said without being asked (RFC 4861 §6.3.4, §8.3).</summary>
    /// <param name="address">The neighbour.</param>
    /// <param name="mac">Its Ethernet address.</param>
    /// <param name="isRouter">Whether it is a router.</param>
    void Learn(Ipv6Address address, MacAddress mac, bool isRouter);

    /// <summary>Whether a neighbour is probably reachable: its Ethernet address is known, and it has not stopped answering (RFC 4861 §6.3.6).</summary>
    /// <param name="address">The neighbour.</param>
    /// <returns>Whether it is.</returns>
    bool IsProbablyReachable(Ipv6Address address);

    /// <summary>Sets the times that a router advertises (RFC 4861 §6.3.4).</summary>
    /// <param name="reachable">How long, on average, a neighbour that answered is believed; zero leaves it as it is.</param>
    /// <param name="retransmit">How long to wait for an answer; zero leaves it as it is.</param>
    void SetTimes(TimeSpan reachable, TimeSpan retransmit);

    /// <summary>Finds a neighbour's Ethernet address, asking for it if it is not known.</summary>
    /// <param name="address">The neighbour.</param>
    /// <param name="cancellation">Ends the wait, not the asking.</param>
    /// <returns>The address; <see cref="ErrorKind.Unreachable"/> when nobody answered.</returns>
    ValueTask<Result<MacAddress>> QueryAsync(Ipv6Address address, CancellationToken cancellation = default);

    /// <summary>Enters a neighbour that is not asked for and does not age.</summary>
    /// <param name="address">The neighbour.</param>
    /// <param name="mac">Its Ethernet address.</param>
    void AddStatic(Ipv6Address address, MacAddress mac);
}
