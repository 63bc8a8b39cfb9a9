namespace Mirage.Net.TcpIp.Wire;

/// <summary>A run of data that has arrived (RFC 2018 §3).</summary>
/// <param name="start">Its first sequence number.</param>
/// <param name="end">The sequence number after its last.</param>
public readonly struct SackBlock(SequenceNumber start, SequenceNumber end)
{
    /// <summary>Its first sequence number.</summary>
    public SequenceNumber Start { get; } = start;

    /// <summary>The sequence number after its last.</summary>
    public SequenceNumber End { get; } = end;
}
