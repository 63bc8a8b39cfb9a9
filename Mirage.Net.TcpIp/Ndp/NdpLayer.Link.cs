namespace Mirage.Net.TcpIp;

/// <summary>The way down: next-hop resolution (RFC 4861 §7.2.2, §7.3.3).</summary>
internal sealed partial class NdpLayer<TEthernet, TPlatform>
{
    // What is lent while a neighbour's address is not known: a buffer of ours, which Send puts into the neighbour's queue.
    private Ipv6Neighbour? _lentFor;
    private byte[]? _lentBuffer;

    public LendStatus Rent(Ipv6Address nextHop, int length, out Span<byte> packet)
    {
        if (nextHop.IsMulticast)
        {
            return _ethernet.Rent(MacAddress.ForMulticast(nextHop), EtherType.Ipv6, length, out packet);
        }

        var neighbour = _cache.Find(nextHop);
        if (neighbour is { IsKnown: true })
        {
            if (neighbour.State == NudState.Stale)
            {
                // §7.3.3: the first use of what was not heard of for long gives it a moment before it is asked.
                neighbour.State = NudState.Delay;
                SetDue(neighbour, _platform.Now + settings.DelayFirstProbe);
            }

            return _ethernet.Rent(neighbour.Mac, EtherType.Ipv6, length, out packet);
        }

        return RentWaiting(neighbour ?? Resolve(Add(nextHop)), length, out packet);
    }

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

    private LendStatus RentWaiting(Ipv6Neighbour neighbour, int length, out Span<byte> packet)
    {
        packet = default;
        if (neighbour.State == NudState.Unreachable)
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
