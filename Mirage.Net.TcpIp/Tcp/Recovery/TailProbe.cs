using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>A tail loss probe of which it is not yet known what became (RFC 8985 §7.1).</summary>
internal struct TailProbe
{
    /// <summary>Whether there is one.</summary>
    public bool IsOut;

    /// <summary>TLP.is_retrans: it was no new data, but the last segment again.</summary>
    public bool IsRetransmission;

    /// <summary>TLP.end_seq: SND.NXT after it.</summary>
    public SequenceNumber End;
}
