namespace Mirage;

/// <summary>The protocol that an Ethernet frame carries (IEEE 802 numbers).</summary>
public enum EtherType : ushort
{
    /// <summary>IPv4 (RFC 894).</summary>
    Ipv4 = 0x0800,

    /// <summary>ARP (RFC 826).</summary>
    Arp = 0x0806,

    /// <summary>A VLAN tag (IEEE 802.1Q).</summary>
    Vlan = 0x8100,

    /// <summary>IPv6 (RFC 2464).</summary>
    Ipv6 = 0x86dd,
}

/// <summary>Who sent a frame, to whom, and what it carries.</summary>
/// <param name="destination">To whom.</param>
/// <param name="source">Who sent it.</param>
/// <param name="type">What it carries.</param>
public readonly struct EthernetAddressing(MacAddress destination, MacAddress source, EtherType type)
{
    /// <summary>To whom.</summary>
    public MacAddress Destination { get; } = destination;

    /// <summary>Who sent it.</summary>
    public MacAddress Source { get; } = source;

    /// <summary>What it carries.</summary>
    public EtherType Type { get; } = type;
}

/// <summary>The Ethernet layer: adds and removes the header of Ethernet II frames, and drops what is not for this host. The rules of lending are those of <see cref="INetwork"/>.</summary>
public interface IEthernet
{
    /// <inheritdoc cref="IFrameDevice.Offload"/>
    static abstract NetworkOffload Offload { get; }

    /// <summary>This host's address on the link.</summary>
    MacAddress Mac { get; }

    /// <summary>The largest payload of a frame in bytes.</summary>
    int Mtu { get; }

    /// <summary>Lends the payload of a frame to be written.</summary>
    /// <param name="destination">To whom.</param>
    /// <param name="type">What it carries.</param>
    /// <param name="length">The payload's length, at most <see cref="Mtu"/>.</param>
    /// <param name="payload">Exactly that many bytes, with unspecified content. Empty unless lent.</param>
    /// <returns>Whether it was lent.</returns>
    LendStatus Rent(MacAddress destination, EtherType type, int length, out Span<byte> payload);

    /// <summary>Sends the frame whose payload was lent.</summary>
    /// <param name="length">How many bytes of the payload.</param>
    /// <param name="info">Offsets from the payload's first byte.</param>
    /// <returns>What became of it.</returns>
    SendStatus Send(int length, in FrameInfo info);

    /// <summary>Gives the lent frame back unsent.</summary>
    void Return();

    /// <summary>Delivers the frames that have arrived for this host: to its address, to everyone, and to the groups that were added.</summary>
    /// <typeparam name="THandler">The layer above.</typeparam>
    /// <param name="budget">How many frames to take from the device at the most.</param>
    /// <param name="handler">What gets them.</param>
    /// <returns>How many frames were taken from the device.</returns>
    int Receive<THandler>(int budget, THandler handler)
        where THandler : struct, IEthernetHandler;

    /// <summary>Receives the frames to a group's address, which are dropped otherwise. Each call needs its <see cref="RemoveGroup"/>: several
    /// groups of IP share an address (RFC 1112 §6.4).</summary>
    /// <param name="group">The address.</param>
    void AddGroup(MacAddress group);

    /// <summary>Takes one call of <see cref="AddGroup"/> back.</summary>
    /// <param name="group">The address.</param>
    void RemoveGroup(MacAddress group);

    /// <summary>Closes the device underneath. Closing again does nothing.</summary>
    /// <returns>When it is closed.</returns>
    ValueTask DisconnectAsync();
}

/// <summary>What receives the payloads of frames.</summary>
public interface IEthernetHandler
{
    /// <summary>Takes a payload.</summary>
    /// <param name="addressing">From the frame's header.</param>
    /// <param name="payload">What the frame carries, with any padding; valid during the call only.</param>
    /// <param name="info">What the device knows of it; offsets from the payload's first byte.</param>
    void OnFrame(in EthernetAddressing addressing, ReadOnlySpan<byte> payload, in FrameInfo info);
}
