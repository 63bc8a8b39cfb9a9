using System.Runtime.CompilerServices;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

internal sealed partial class EthernetLayer<TNetwork>
    where TNetwork : struct, INetwork
{
    private readonly TNetwork _network;
    private readonly MacAddress _mac;
    private readonly Dictionary<MacAddress, int> _groups = [];

    // 0 without a VLAN.
    private readonly int _vlan;
    private readonly int _headerSize;

    // Where a link has smaller frames, as in tests, they are not padded beyond.
    private readonly int _minimumSize;
    private int _lentLength;
    private long _truncated;
    private long _notForUs;
    private long _unwantedGroup;
    private long _otherVlan;

    public EthernetLayer(TNetwork network, int? vlan)
    {
        if (vlan is < 1 or > 4094)
        {
            throw new ArgumentOutOfRangeException(nameof(vlan), vlan, "a VLAN is a number from 1 to 4094 (IEEE 802.1Q §9.6)");
        }

        _network = network;
        _mac = network.Mac;
        _vlan = vlan ?? 0;
        _headerSize = EthernetFrame.HeaderSize + (vlan is null ? 0 : EthernetFrame.TagSize);
        _minimumSize = Math.Min(EthernetFrame.MinimumSize, network.Mtu + EthernetFrame.HeaderSize);
        Mtu = network.Mtu - _headerSize + EthernetFrame.HeaderSize;
    }

    public MacAddress Mac => _mac;

    public int Mtu { get; }

    public EthernetCounters Counters => new()
    {
        Truncated = _truncated,
        NotForUs = _notForUs,
        UnwantedGroup = _unwantedGroup,
        OtherVlan = _otherVlan,
        Foreign = _foreignFrames,
        HandlerFailed = _handlerFailed,
    };

    public LendStatus Rent(MacAddress destination, EtherType type, int length, out Span<byte> payload)
    {
        // IEEE 802.3 §4.2.3.3: a frame has at least 60 bytes before its check sequence; what lies behind the payload is zeros, not what a buffer had before.
        length += _headerSize;
        _lentLength = Math.Max(length, _minimumSize);
        var status = _network.Rent(_lentLength, out var frame);
        if (status != LendStatus.Lent)
        {
            payload = default;
            return status;
        }

        if (_vlan == 0)
        {
            EthernetFrame.Write(frame, destination, _mac, type);
        }
        else
        {
            EthernetFrame.WriteTagged(frame, destination, _mac, (ushort)_vlan, type);
        }

        payload = frame[_headerSize..length];
        if (length < _lentLength)
        {
            frame[length..].Clear();
        }

        return LendStatus.Lent;
    }

    public SendStatus Send(int length, in FrameInfo info)
    {
        length += _headerSize;
        return _network.Send(_lentLength == _minimumSize ? _lentLength : length, info.Shift(_headerSize));
    }

    public void Return() => _network.Return();

    public int Receive<THandler>(int budget, THandler handler)
        where THandler : struct, IEthernetHandler
        => _network.Receive(budget, new Input<THandler>(this, handler));

    public ValueTask DisconnectAsync() => _network.DisconnectAsync();

    public void AddGroup(MacAddress group)
    {
        _ = _groups.TryGetValue(group, out var joins);
        _groups[group] = joins + 1;
    }

    public void RemoveGroup(MacAddress group)
    {
        _ = _groups.TryGetValue(group, out var joins);
        joins--;
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

    /// <summary>Reads a tag: only frames of our VLAN are ours, and without one those that have a priority only (IEEE 802.1Q §6.9.1).</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryUntag(ReadOnlySpan<byte> frame, out EtherType type)
    {
        type = default;
        if (!EthernetFrame.TryParseTag(frame, out var vlan, out type))
        {
            if (_vlan == 0)
            {
                _truncated++;
            }
            else
            {
                _otherVlan++;
            }

            return false;
        }

        if (vlan != _vlan)
        {
            _otherVlan++;
            return false;
        }

        return true;
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

            var type = parsed.Type;
            var headerSize = EthernetFrame.HeaderSize;
            if (type == EtherType.Vlan || layer._vlan != 0)
            {
                if (!layer.TryUntag(frame, out type))
                {
                    return;
                }

                headerSize += EthernetFrame.TagSize;
            }

            var addressing = new EthernetAddressing(destination, parsed.Source, type);
            if (layer._foreign.Count > 0 && layer.TryDeliverForeign(addressing, frame[headerSize..]))
            {
                return;
            }

            handler.OnFrame(addressing, frame[headerSize..], info.Shift(-headerSize));
        }
    }
}
