namespace Mirage.Net.TcpIp;

/// <summary>A connection with its congestion control.</summary>
internal sealed class TcpConnection<TCongestion>(TcpEngine engine) : TcpConnection(engine)
    where TCongestion : struct, ICongestionControl
{
    // Mutable, and called in place.
    public TCongestion Congestion;

    /// <summary>What accepted it, until the program has it.</summary>
    public TcpListener? Listener;

    public override long CongestionWindow => Congestion.Window;

    public override long SlowStartThreshold => Congestion.SlowStartThreshold;

    public override void Reset()
    {
        base.Reset();
        Congestion = default;
        Listener = null;
    }
}
