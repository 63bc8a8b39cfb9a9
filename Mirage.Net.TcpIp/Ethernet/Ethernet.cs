using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>Ethernet II over a network device (RFC 894, RFC 2464): one header on the way down, one filter on the way up.</summary>
/// <typeparam name="TNetwork">The device.</typeparam>
/// <param name="network">The device.</param>
public readonly struct Ethernet<TNetwork>(TNetwork network) : IEthernet
    where TNetwork : struct, INetwork
{
    private readonly EthernetLayer<TNetwork> _layer = new(network);

    /// <inheritdoc/>
    public static NetworkOffload Offload => TNetwork.Offload;

    /// <inheritdoc/>
    public MacAddress Mac => _layer.Mac;

    /// <inheritdoc/>
    public int Mtu => _layer.Mtu;

    /// <summary>What was dropped.</summary>
    public EthernetCounters Counters => _layer.Counters;

    /// <inheritdoc/>
    public LendStatus Rent(MacAddress destination, EtherType type, int length, out Span<byte> payload)
        => _layer.Rent(destination, type, length, out payload);

    /// <inheritdoc/>
    public SendStatus Send(int length, in FrameInfo info) => _layer.Send(length, info);

    /// <inheritdoc/>
    public void Return() => _layer.Return();

    /// <inheritdoc/>
    public int Receive<THandler>(int budget, THandler handler)
        where THandler : struct, IEthernetHandler
        => _layer.Receive(budget, handler);

    /// <inheritdoc/>
    public void AddGroup(MacAddress group) => _layer.AddGroup(group);

    /// <inheritdoc/>
    public void RemoveGroup(MacAddress group) => _layer.RemoveGroup(group);

    /// <inheritdoc/>
    public ValueTask DisconnectAsync() => _layer.DisconnectAsync();
}

internal sealed class EthernetLayer<TNetwork>
    where TNetwork : struct, INetwork
{
    private readonly TNetwork _network;
    private readonly MacAddress _mac;
    private readonly Dictionary<MacAddress, int> _groups = [];
    private long _truncated;
    private long _notForUs;
    private long _unwantedGroup;

    public EthernetLayer(TNetwork network)
    {
        _network = network;
        _mac = network.Mac;
        Mtu = network.Mtu;
    }

    public MacAddress Mac => _mac;

    public int Mtu { get; }

    public EthernetCounters Counters => new() { Truncated = _truncated, NotForUs = _notForUs, UnwantedGroup = _unwantedGroup };

    public LendStatus Rent(MacAddress destination, EtherType type, int length, out Span<byte> payload)
    {
        var status = _network.Rent(EthernetFrame.HeaderSize + length, out var frame);
        if (status != LendStatus.Lent)
        {
            payload = default;
            return status;
        }

        EthernetFrame.Write(frame, destination, _mac, type);
        payload = frame[EthernetFrame.HeaderSize..];
        return LendStatus.Lent;
    }

    public SendStatus Send(int length, in FrameInfo info)
        => _network.Send(EthernetFrame.HeaderSize + length, info.Shift(EthernetFrame.HeaderSize));

    public void Return() => _network.Return();

    public int Receive<THandler>(int budget, THandler handler)
        where THandler : struct, IEthernetHandler
        => _network.Receive(budget, new Input<THandler>(this, handler));

    public ValueTask DisconnectAsync() => _network.DisconnectAsync();

    public void AddGroup(MacAddress group) => _groups[group] = _groups.GetValueOrDefault(group) + 1;

    public void RemoveGroup(MacAddress group)
    {
        var joins = _groups.GetValueOrDefault(group) - 1;
        if (joins > 0)
        {
            _groups[group] = joins;
        }
        else
        {
            _ = _groups.Remove(group);
        }
    }

    private void CountNotForUs(MacAddress destination)
    {
        if (destination.IsMulticast)
        {
            _unwantedGroup++;
        }
        else
        {
            _notForUs++;
        }
    }

    private readonly struct Input<THandler>(EthernetLayer<TNetwork> layer, THandler handler) : IFrameHandler
        where THandler : struct, IEthernetHandler
    {
        public void OnFrame(ReadOnlySpan<byte> frame, in FrameInfo info)
        {
            if (!EthernetFrame.TryParse(frame, out var parsed))
            {
                layer._truncated++;
                return;
            }

            // The device may not filter at all.
            var destination = parsed.Destination;
            if (destination != layer._mac && !destination.IsBroadcast && !layer._groups.ContainsKey(destination))
            {
                layer.CountNotForUs(destination);
                return;
            }

            handler.OnFrame(new EthernetAddressing(destination, parsed.Source, parsed.Type), parsed.Payload, info.Shift(-EthernetFrame.HeaderSize));
        }
    }
}
