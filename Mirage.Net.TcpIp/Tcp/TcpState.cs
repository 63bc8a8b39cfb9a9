namespace Mirage.Net.TcpIp;

/// <summary>The states of a connection (RFC 9293 §3.3.2). A listening port has no connection, and so no state.</summary>
internal enum TcpState : byte
{
    Closed,
    SynSent,
    SynReceived,
    Established,
    FinWait1,
    FinWait2,
    CloseWait,
    Closing,
    LastAck,
    TimeWait,
}

internal static class TcpStates
{
    private static readonly string[] Names =
        ["CLOSED", "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT", "CLOSING", "LAST-ACK", "TIME-WAIT"];

    /// <summary>The name in the RFC.</summary>
    public static string ToName(this TcpState state) => Names[(int)state];
}
