using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Network6;

/// <summary>An IPv6 packet that the stack sent: when, in milliseconds of virtual time, and to which Ethernet address.</summary>
internal sealed record Packet6(double At, MacAddress To, byte[] Bytes)
{
    public Ipv6Address Source => new(Bytes.AsSpan(8));

    public Ipv6Address Destination => new(Bytes.AsSpan(24));

    public byte HopLimit => Bytes[7];

    public IpProtocol NextHeader => (IpProtocol)Bytes[6];

    public uint FlowLabel => (uint)((Bytes[1] & 0xf) << 16 | Bytes[2] << 8 | Bytes[3]);

    public byte[] Payload => Bytes[Ipv6Packet.HeaderSize..];

    /// <summary>The kind of ICMPv6 message, behind a hop-by-hop header if there is one.</summary>
    public Icmpv6Type? Icmp => NextHeader == IpProtocol.Icmpv6 ? (Icmpv6Type)Payload[0]
        : NextHeader == IpProtocol.HopByHopOptions ? (Icmpv6Type)Payload[8] : null;

    /// <summary>The target of a neighbour message.</summary>
    public Ipv6Address Target => new(Payload.AsSpan(8));

    public override string ToString() => $"{At:0} ms: {Source} > {Destination} {NextHeader} {Icmp} {Convert.ToHexString(Payload)}";
}

/// <summary>A host without a stack on an IPv6 link: it answers neighbour solicitations if it is to, and for the rest sends what a test makes and keeps what arrives.</summary>
internal sealed class RawIpv6Host : IPollable
{
    private readonly VirtualNetwork _network;
    private readonly SimulatedPlatform _platform;
    private readonly List<Packet6> _received = [];
    private TaskCompletionSource? _arrived;

    public RawIpv6Host(VirtualNetwork network, SimulatedPlatform platform)
    {
        _network = network;
        _platform = platform;
        platform.Attach(this);
    }

    public MacAddress Mac => _network.Mac;

    public MacAddress StackMac => MacAddress.Local(2);

    /// <summary>The addresses that it answers for.</summary>
    public HashSet<Ipv6Address> Addresses { get; } = [];

    /// <summary>Those of them for which it answers as a router.</summary>
    public HashSet<Ipv6Address> Routers { get; } = [];

    /// <summary>All that has arrived, also what was taken by <see cref="NextAsync"/>.</summary>
    public List<Packet6> All { get; } = [];

    public double Now => _platform.Now.Nanoseconds / 1e6;

    public PollResult Poll(Instant now, int budget) => new(_network.Receive(budget, new Input(this)) > 0, Instant.Never);

    /// <summary>What has arrived of a kind of ICMPv6 message.</summary>
    public List<Packet6> Of(Icmpv6Type type) => [.. All.Where(packet => packet.Icmp == type)];

    /// <summary>The next packet that is as wanted, or <see langword="null"/> if none comes in time. Others stay.</summary>
    public async Task<Packet6?> TryNextAsync(Func<Packet6, bool> wanted, double milliseconds)
    {
        var deadline = _platform.Now + TimeSpan.FromMilliseconds(milliseconds);
        while (true)
        {
            if (_received.Find(packet => wanted(packet)) is { } found)
            {
                _ = _received.Remove(found);
                return found;
            }

            if (_platform.Now >= deadline)
            {
                return null;
            }

            // Awaited directly: what joins tasks would go on on another thread.
            var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _arrived = arrived;
            using var timer = _platform.TimeProvider.CreateTimer(_ => arrived.TrySetResult(), null, deadline - _platform.Now, Timeout.InfiniteTimeSpan);
            await arrived.Task;
        }
    }

    public async Task<Packet6> NextAsync(Func<Packet6, bool> wanted, double milliseconds = 60_000)
        => await TryNextAsync(wanted, milliseconds) ?? throw new InvalidOperationException($"nothing of the kind came: {string.Join("\n", All)}");

    public Task<Packet6> NextAsync(Icmpv6Type type, double milliseconds = 60_000) => NextAsync(packet => packet.Icmp == type, milliseconds);

    public void SendPacket(ReadOnlySpan<byte> packet, MacAddress? to = null)
    {
        Assert.Equal(LendStatus.Lent, _network.Rent(EthernetFrame.HeaderSize + packet.Length, out var frame));
        EthernetFrame.Write(frame, to ?? StackMac, Mac, EtherType.Ipv6);
        packet.CopyTo(frame[EthernetFrame.HeaderSize..]);
        Assert.Equal(SendStatus.Sent, _network.Send(frame.Length, default));
    }

    public void Send(Ipv6Address source, Ipv6Address destination, IpProtocol next, ReadOnlySpan<byte> payload, byte hopLimit = 64, MacAddress? to = null)
    {
        var packet = new byte[Ipv6Packet.HeaderSize + payload.Length];
        Ipv6Packet.Write(packet, new Ipv6Header
        {
            PayloadLength = (ushort)payload.Length, NextHeader = next, HopLimit = hopLimit, Source = source, Destination = destination,
        });
        payload.CopyTo(packet.AsSpan(Ipv6Packet.HeaderSize));
        SendPacket(packet, to ?? (destination.IsMulticast ? MacAddress.ForMulticast(destination) : null));
    }

    /// <summary>Sends an ICMPv6 message, with its checksum unless it is to be wrong.</summary>
    public void SendIcmp(
        Ipv6Address source, Ipv6Address destination, Icmpv6Type type, byte code, uint rest, ReadOnlySpan<byte> payload, byte hopLimit = 255, MacAddress? to = null, bool corrupt = false)
    {
        byte[] message = [.. new byte[Icmpv6Message.HeaderSize], .. payload];
        Icmpv6Message.Write(source, destination, message, type, code, rest);
        message[2] ^= (byte)(corrupt ? 1 : 0);
        Send(source, destination, IpProtocol.Icmpv6, message, hopLimit, to);
    }

    public void SendSolicitation(Ipv6Address source, Ipv6Address target, MacAddress? mac = null, Ipv6Address? to = null)
        => SendIcmp(source, to ?? Ipv6Groups.SolicitedNode(target), Icmpv6Type.NeighbourSolicitation, 0, 0, [.. Bytes(target), .. Option(1, mac)]);

    public void SendAdvertisement(Ipv6Address source, Ipv6Address destination, Ipv6Address target, uint flags, MacAddress? mac = null, byte hopLimit = 255)
        => SendIcmp(source, destination, Icmpv6Type.NeighbourAdvertisement, 0, flags, [.. Bytes(target), .. Option(2, mac)], hopLimit);

    public static byte[] Bytes(Ipv6Address address)
    {
        var bytes = new byte[Ipv6Address.Size];
        address.CopyTo(bytes);
        return bytes;
    }

    /// <summary>A link-layer address option.</summary>
    public static byte[] Option(byte type, MacAddress? mac)
    {
        if (mac is not { } address)
        {
            return [];
        }

        var option = new byte[8];
        NdpOptions.WriteLinkAddress(option, (NdpOptionType)type, address);
        return option;
    }

    private void OnFrame(ReadOnlySpan<byte> frame)
    {
        Assert.True(EthernetFrame.TryParse(frame, out var ethernet));
        if (ethernet.Type != EtherType.Ipv6)
        {
            return;
        }

        Assert.Equal(Ipv6ParseStatus.Valid, Ipv6Packet.TryParse(ethernet.Payload, out var parsed));
        var packet = new Packet6(Now, ethernet.Destination, parsed.Packet.ToArray());
        if (packet.NextHeader == IpProtocol.Icmpv6)
        {
            Assert.True(Icmpv6Message.TryParse(packet.Source, packet.Destination, packet.Payload, out _), $"a wrong checksum: {packet}");
        }

        All.Add(packet);
        _received.Add(packet);
        if (packet.Icmp == Icmpv6Type.NeighbourSolicitation && !packet.Source.IsAny && (Addresses.Contains(packet.Target) || Routers.Contains(packet.Target)))
        {
            var flags = NeighbourMessage.SolicitedFlag | (Routers.Contains(packet.Target) ? NeighbourMessage.RouterFlag : NeighbourMessage.OverrideFlag);
            SendAdvertisement(packet.Target, packet.Source, packet.Target, flags, Routers.Contains(packet.Target) ? null : Mac);
        }

        _ = _arrived?.TrySetResult();
    }

    private readonly struct Input(RawIpv6Host host) : IFrameHandler
    {
        public void OnFrame(ReadOnlySpan<byte> frame, in FrameInfo info) => host.OnFrame(frame);
    }
}
