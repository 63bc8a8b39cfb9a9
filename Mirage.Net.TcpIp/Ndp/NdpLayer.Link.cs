namespace Mirage.Net.TcpIp;

/// <summary>The way down, and what is due.</summary>
internal sealed partial class NdpLayer<TEthernet, TPlatform>
{
    public LendStatus Rent(Ipv6Address nextHop, int length, out Span<byte> packet)
        => nextHop.IsMulticast
            ? _ethernet.Rent(MacAddress.ForMulticast(nextHop), EtherType.Ipv6, length, out packet)
            : _neighbours.Rent(nextHop, length, out packet);

    public SendStatus Send(int length, in FrameInfo info) => _neighbours.Send(length, info);

    public void Return() => _neighbours.Return();

    public Instant RunTimers<THandler>(Instant now, THandler handler)
        where THandler : struct, IUndeliveredHandler
    {
        if (_due <= now)
        {
            _due = RunDetection(now);
        }

        var neighboursDue = _neighbours.RunTimers(now, handler);
        return Instant.Min(_due, neighboursDue);
    }
}
