namespace Mirage.Net.TcpIp;

/// <summary>The way down: next-hop resolution (RFC 4861 §7.2.2, §7.3.3).</summary>
internal sealed partial class NdpLayer<TEthernet, TPlatform>
{
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

    public SendStatus Send(int length, in FrameInfo info) => _waiting.TrySend(length, info) ? SendStatus.Sent : _ethernet.Send(length, info);

    public void Return()
    {
        if (!_waiting.TryReturn())
        {
            _ethernet.Return();
        }
    }

    private LendStatus RentWaiting(Ipv6Neighbour neighbour, int length, out Span<byte> packet)
    {
        packet = default;
        return neighbour.State == NudState.Unreachable ? LendStatus.Unreachable
            : length > Mtu ? LendStatus.TooLarge
            : _waiting.Rent(neighbour.Waiting, length, out packet);
    }
}
