namespace Mirage.Net.TcpIp;

/// <summary>When a SYN is answered with a cookie, of which nothing is kept (RFC 4987 §3.6).</summary>
public enum SynCookieUse
{
    /// <summary>When a listener has as many half-open connections as it may, or all listeners together.</summary>
    WhenFull = 0,

    /// <summary>Never: what there is no room for is dropped, or the oldest half-open connection after a second without an answer.</summary>
    Never,

    /// <summary>Always, for tests: window scale and SACK then need timestamps.</summary>
    Always,
}
