namespace Mirage.Net.TcpIp;

internal sealed partial class ArpLayer<TEthernet, TPlatform>
{
    // What is lent while a neighbour's address is not known: a buffer of ours, which Send puts into the neighbour's queue.
    private Neighbour? _lentFor;
    private byte[]? _lentBuffer;

    public LendStatus Rent(Ipv4Address nextHop, int length, out Span<byte> packet)
    {
        if (nextHop.IsMulticast)
        {
            return _ethernet.Rent(MacAddress.ForMulticast(nextHop), EtherType.Ipv4, length, out packet);
        }

        var neighbour = _cache.Find(nextHop);
        if (neighbour is { IsKnown: true })
        {
            if (neighbour.Requests == Stale)
            {
                StartRefresh(neighbour);
            }

            return _ethernet.Rent(neighbour.Mac, EtherType.Ipv4, length, out packet);
        }

        return RentWaiting(neighbour ?? Ask(Add(nextHop)), length, out packet);
    }

    public LendStatus RentBroadcast(int length, out Span<byte> packet)
        => _ethernet.Rent(MacAddress.Broadcast, EtherType.Ipv4, length, out packet);

    public SendStatus Send(int length, in FrameInfo info)
    {
        if (_lentBuffer is not { } buffer)
        {
            return _ethernet.Send(length, info);
        }

        var neighbour = _lentFor!;
        _lentBuffer = null;
        _lentFor = null;
        _waiting.Add(neighbour.Waiting, new WaitingPacket(buffer, length, info));
        return SendStatus.Sent;
    }

    public void Return()
    {
        if (_lentBuffer is { } buffer)
        {
            _lentBuffer = null;
            _lentFor = null;
            buffers.Return(buffer);
        }
        else
        {
            _ethernet.Return();
        }
    }

    private LendStatus RentWaiting(Neighbour neighbour, int length, out Span<byte> packet)
    {
        packet = default;
        if (neighbour.State == NeighbourState.Unreachable)
        {
            return LendStatus.Unreachable;
        }

        if (length > Mtu)
        {
            return LendStatus.TooLarge;
        }

        if (_lentBuffer is not null)
        {
            throw new InvalidOperationException("a packet is lent already; send it or give it back first");
        }

        _lentFor = neighbour;
        _lentBuffer = buffers.Rent(length);
        packet = _lentBuffer.AsSpan(0, length);
        return LendStatus.Lent;
    }
}
