namespace Mirage.Net.TcpIp.Wire;

/// <summary>The control bits of a TCP segment (RFC 9293 §3.1).</summary>
[Flags]
public enum TcpFlags : byte
{
    /// <summary>None of them.</summary>
    None = 0,

    /// <summary>No more data from the sender.</summary>
    Fin = 1,

    /// <summary>Synchronise sequence numbers.</summary>
    Syn = 2,

    /// <summary>Reset the connection.</summary>
    Rst = 4,

    /// <summary>Push to the application.</summary>
    Psh = 8,

    /// <summary>The acknowledgement number has a meaning.</summary>
    Ack = 16,

    /// <summary>The urgent pointer has a meaning.</summary>
    Urg = 32,

    /// <summary>Congestion was experienced, or with SYN: capable of ECN (RFC 3168 §6.1).</summary>
    Ece = 64,

    /// <summary>The congestion window was reduced (RFC 3168 §6.1).</summary>
    Cwr = 128,
}
