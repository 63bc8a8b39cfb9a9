namespace Mirage.Net.TcpIp;

/// <summary>The way down, and what is due.</summary>
internal sealed partial class ArpLayer<TEthernet, TPlatform>
{
    public LendStatus Rent(Ipv4Address nextHop, int length, out Span<byte> packet)
        => nextHop.IsMulticast
            ? _ethernet.Rent(MacAddress.ForMulticast(nextHop), EtherType.Ipv4, length, out packet)
            : _neighbours.Rent(nextHop, length, out packet);

    public LendStatus RentBroadcast(int length, out Span<byte> packet)
        => _ethernet.Rent(MacAddress.Broadcast, EtherType.Ipv4, length, out packet);

    public SendStatus Send(int length, in FrameInfo info) => _neighbours.Send(length, info);

    public void Return() => _neighbours.Return();

    public void AddStatic(Ipv4Address address, MacAddress mac) => _neighbours.AddStatic(address, mac);

    public ValueTask<Result<MacAddress>> QueryAsync(Ipv4Address address, CancellationToken cancellation) => _neighbours.QueryAsync(address, cancellation);

    public void Hint(Ipv4Address address) => _neighbours.Hint(address);

    /// <summary>The device is gone.</summary>
    public void End() => _neighbours.End();

    public Instant RunTimers<THandler>(Instant now, THandler handler)
        where THandler : struct, IUndeliveredHandler
    {
        if (_due <= now)
        {
            _due = RunAnnouncements(now);
        }

        var neighboursDue = _neighbours.RunTimers(now, handler);
        return Instant.Min(_due, neighboursDue);
    }
}
