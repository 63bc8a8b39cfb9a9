namespace Mirage.Net.TcpIp;

/// <summary>A connection with its congestion control.</summary>
internal sealed class TcpConnection<TCongestion>(TcpEngine engine) : TcpConnection(engine)
    where TCongestion : struct, ICongestionControl
{
    // Mutable, and called in place.
    public TCongestion Congestion;

    public override long CongestionWindow => Congestion.Window;

    public override long SlowStartThreshold => Congestion.SlowStartThreshold;

    public override void Reset()
    {
        base.Reset();
        Congestion = default;
    }
}
