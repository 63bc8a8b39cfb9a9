using Mirage.Net.Dhcp.Wire;
using Mirage.Net.Virtual;
using Stack = Mirage.Net.TcpIp.DirectStack<Mirage.Net.Virtual.VirtualNetwork, Mirage.Net.Virtual.SimulatedPlatform, Mirage.Net.TcpIp.Cubic>;

namespace Mirage.Net.Dhcp.Tests;

/// <summary>A message that a server heard.</summary>
internal sealed record Heard
{
    public required double At { get; init; }

    public required DhcpMessageType Type { get; init; }

    public required IpEndpoint From { get; init; }

    public required IpEndpoint To { get; init; }

    public required uint Transaction { get; init; }

    public required MacAddress Hardware { get; init; }

    public required Ipv4Address ClientAddress { get; init; }

    public required Ipv4Address Requested { get; init; }

    public required Ipv4Address Server { get; init; }

    public required bool Broadcast { get; init; }

    public required ushort Seconds { get; init; }

    public required byte[] Identifier { get; init; }

    public required byte[] Bytes { get; init; }

    public bool IsToEveryone => To.Address == Ipv4Address.Broadcast;
}

/// <summary>A server that says what a test tells it to, or answers by itself.</summary>
internal sealed class ScriptedServer
{
    private readonly Stack _stack;
    private readonly SimulatedPlatform _platform;
    private readonly Queue<Heard> _unseen = new();
    private TaskCompletionSource? _arrived;

    public ScriptedServer(Stack stack, SimulatedPlatform platform, Ipv4Address address)
    {
        _stack = stack;
        _platform = platform;
        Address = address;
        stack.ListenUdp(DhcpMessage.ServerPort, OnDatagram).ThrowIfFailed();
    }

    public delegate void Fill(ref DhcpWriter writer);

    public Ipv4Address Address { get; }

    public List<Heard> Messages { get; } = [];

    /// <summary>Whether discoveries and requests are answered at once.</summary>
    public bool Answers { get; set; }

    public Ipv4Address Offered { get; set; } = World.Leased;

    public uint LeaseSeconds { get; set; } = 100;

    /// <summary>More options, in answers.</summary>
    public Fill? More { get; set; }

    public IEnumerable<(double, DhcpMessageType)> Timeline => Messages.Select(message => (Math.Round(message.At, 6), message.Type));

    public async Task<Heard> NextAsync(DhcpMessageType? type = null)
    {
        while (_unseen.Count == 0)
        {
            _arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await _arrived.Task;
        }

        var message = _unseen.Dequeue();
        Assert.Equal(type ?? message.Type, message.Type);
        return message;
    }

    public void Offer(Heard to, Ipv4Address? address = null) => Answer(to, DhcpMessageType.Offer, address ?? Offered);

    public void Ack(Heard to, Ipv4Address? address = null) => Answer(to, DhcpMessageType.Ack, address ?? Offered);

    public void Nak(Heard to)
        => Reply(to, new DhcpHeader { IsReply = true, TransactionId = to.Transaction, ClientHardware = to.Hardware }, (ref writer) =>
        {
            writer.Add(DhcpMessageType.Nak);
            writer.Add(DhcpOption.ServerIdentifier, Address);
        });

    public void Answer(Heard to, DhcpMessageType type, Ipv4Address address)
        => Reply(
            to,
            new DhcpHeader { IsReply = true, TransactionId = to.Transaction, ClientHardware = to.Hardware, YourAddress = address },
            (ref writer) =>
            {
                writer.Add(type);
                writer.Add(DhcpOption.ServerIdentifier, Address);
                writer.Add(DhcpOption.LeaseTime, LeaseSeconds);
                writer.Add(DhcpOption.SubnetMask, new Ipv4Address(255, 255, 255, 0));
                More?.Invoke(ref writer);
            });

    public void Reply(Heard to, in DhcpHeader header, Fill fill)
    {
        var buffer = new byte[1400];
        var writer = new DhcpWriter(buffer, header);
        fill(ref writer);
        Assert.False(writer.Overflowed);
        Send(to, buffer.AsSpan(0, writer.Finish()));
    }

    /// <summary>RFC 2131 §4.1: to the client's address if it has one, or else to everyone.</summary>
    public void Send(Heard to, ReadOnlySpan<byte> message)
    {
        var target = to.ClientAddress.IsAny ? Ipv4Address.Broadcast : to.ClientAddress;
        _stack.SendUdp(new(Address, DhcpMessage.ServerPort), new(target, DhcpMessage.ClientPort), message).ThrowIfFailed();
    }

    private void OnDatagram(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload)
    {
        Assert.True(DhcpMessage.TryParse(payload, out var message));
        Assert.False(message.IsReply);
        Assert.True(payload.Length >= DhcpWriter.MinimumSize);
        _ = message.TryGetAddress(DhcpOption.RequestedAddress, out var requested);
        _ = message.TryGetAddress(DhcpOption.ServerIdentifier, out var server);
        Assert.True(message.TryGet(DhcpOption.ClientIdentifier, new byte[255], out var identifier));
        var heard = new Heard
        {
            At = _platform.Now.Nanoseconds / 1e9,
            Type = message.Type,
            From = remote,
            To = local,
            Transaction = message.TransactionId,
            Hardware = message.ClientHardware,
            ClientAddress = message.ClientAddress,
            Requested = requested,
            Server = server,
            Broadcast = message.Broadcast,
            Seconds = message.Seconds,
            Identifier = identifier.ToArray(),
            Bytes = payload.ToArray(),
        };
        Messages.Add(heard);
        _unseen.Enqueue(heard);
        _ = _arrived?.TrySetResult();
        if (Answers && heard.Type == DhcpMessageType.Discover)
        {
            Offer(heard);
        }
        else if (Answers && heard.Type == DhcpMessageType.Request && (heard.Server.IsAny || heard.Server == Address))
        {
            Ack(heard);
        }
    }
}
