namespace Mirage.Net.TcpIp;

/// <summary>Whether connections use explicit congestion notification (RFC 3168).</summary>
public enum EcnUse
{
    /// <summary>When the peer asks for it, and not in connections that are opened here: what Linux does by default (<c>net.ipv4.tcp_ecn=2</c>).</summary>
    Accept = 0,

    /// <summary>Never.</summary>
    Never,

    /// <summary>Connections that are opened here ask for it too (<c>net.ipv4.tcp_ecn=1</c>); if their first SYN is not answered, the next ones do not (§6.1.1.1).</summary>
    Always,
}
