namespace Mirage.Net.TcpIp;

/// <summary>How congestion shows itself.</summary>
public enum CongestionSignal
{
    /// <summary>A segment was lost, and this was found without a time-out.</summary>
    Loss,

    /// <summary>A router marked a segment (RFC 3168).</summary>
    Mark,
}
