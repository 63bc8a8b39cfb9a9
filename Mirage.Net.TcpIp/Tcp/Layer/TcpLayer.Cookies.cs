using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>SYN cookies (RFC 4987 §3.6): what leaves, and what comes back.</summary>
internal sealed partial class TcpLayer<TIp, TPlatform, TCongestion>
{
    // Beyond this no cookie is good any more, and acknowledgements need not be looked at for one.
    private static readonly TimeSpan CookieLifetime = TimeSpan.FromSeconds(128);

    private readonly SynCookies _cookies = new();

    private void SendCookie(TcpListener listener, in IpEndpoint local, in IpEndpoint remote, ref Opening opening)
    {
        if (_cookies.IsKeyDue(Now))
        {
            Span<byte> key = stackalloc byte[SynCookies.KeyLength];
            _platform.Fill(key);
            _cookies.Rotate(key, Now);
        }

        opening.Iss = _cookies.Make(local, remote, ref opening, Now);
        (_, opening.TsOffset) = _initialSequence.Choose(local, remote, Now);
        listener.CookieAt = Now;
        listener.Counters.CookiesSent++;
        _counters = _counters with { CookiesSent = _counters.CookiesSent + 1 };
        _ = SendSynAck(local, remote, opening, SynCookies.MarkTimestamp(TimestampNow(opening.TsOffset), opening));
    }

    /// <summary>A segment of an unknown connection: perhaps the answer to a cookie.</summary>
    /// <returns>Whether it was.</returns>
    private bool TryOpenByCookie(TcpListener listener, in IpPacketInfo info, in TcpSegment segment)
    {
        if (listener.CookieAt.IsNever || Now - listener.CookieAt > CookieLifetime)
        {
            return false;
        }

        var local = new IpEndpoint(info.Destination, segment.DestinationPort);
        var remote = new IpEndpoint(info.Source, segment.SourcePort);
        if (!_cookies.TryRead(local, remote, segment, TcpOptions.Parse(segment.Options), Now, out var opening))
        {
            listener.Counters.CookiesFailed++;
            _counters = _counters with { CookiesFailed = _counters.CookiesFailed + 1 };
            return false;
        }

        (_, opening.TsOffset) = _initialSequence.Choose(local, remote, Now);
        opening.HasEcn &= Settings.Ecn != EcnUse.Never;
        if (OpenAccepted(listener, local, remote, opening, segment) is { } connection)
        {
            listener.Counters.CookiesAccepted++;
            _counters = _counters with { CookiesAccepted = _counters.CookiesAccepted + 1 };
            Accept(connection, listener);
            InputSynchronized(connection, segment, EcnField.IsMarked(info.TrafficClass));
        }

        return true;
    }
}
