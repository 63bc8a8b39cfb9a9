namespace Mirage.Net.TcpIp;

internal sealed partial class ArpLayer<TEthernet, TPlatform>
{
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

    public SendStatus Send(int length, in FrameInfo info) => _waiting.TrySend(length, info) ? SendStatus.Sent : _ethernet.Send(length, info);

    public void Return()
    {
        if (!_waiting.TryReturn())
        {
            _ethernet.Return();
        }
    }

    private LendStatus RentWaiting(Neighbour neighbour, int length, out Span<byte> packet)
    {
        packet = default;
        return neighbour.State == NeighbourState.Unreachable ? LendStatus.Unreachable
            : length > Mtu ? LendStatus.TooLarge
            : _waiting.Rent(neighbour.Waiting, length, out packet);
    }
}
