using System.Net;
using System.Text;
using Mirage;

namespace Website;

public sealed partial class HttpRequest
{
    private const long None = -1;

    private bool _close;
    private bool _keepAlive;
    private bool _hasTransferEncoding;
    private int _hosts;
    private long _contentLength = None;

    // field-name ":" OWS field-value OWS (RFC 9112 §5). No white space before the colon, and no folded lines (§5.2): both have been used
    // to smuggle requests.
    private HttpStatusCode ReadField(ReadOnlyMemory<byte> line)
    {
        var colon = line.Span.IndexOf((byte)':');
        if (colon <= 0 || !HttpSyntax.IsToken(line.Span[..colon]))
        {
            return HttpStatusCode.BadRequest;
        }

        var value = HttpSyntax.Trim(line[(colon + 1)..]);
        return HttpSyntax.IsFieldValue(value.Span) && ReadField(line.Span[..colon], value) ? HttpStatusCode.OK : HttpStatusCode.BadRequest;
    }

    // Of a field that should be there once, the first counts.
    private bool ReadField(ReadOnlySpan<byte> name, ReadOnlyMemory<byte> value)
    {
        if (Ascii.EqualsIgnoreCase(name, "Host"u8))
        {
            _hosts++;
            return HttpSyntax.IsHost(value.Span);
        }

        if (Ascii.EqualsIgnoreCase(name, "Connection"u8))
        {
            _close |= HttpSyntax.HasToken(value.Span, "close"u8);
            _keepAlive |= HttpSyntax.HasToken(value.Span, "keep-alive"u8);
        }
        else if (Ascii.EqualsIgnoreCase(name, "Content-Length"u8))
        {
            return ReadContentLength(value.Span);
        }
        else if (Ascii.EqualsIgnoreCase(name, "Transfer-Encoding"u8))
        {
            _hasTransferEncoding = true;
        }
        else if (Ascii.EqualsIgnoreCase(name, "Expect"u8))
        {
            ExpectsContinue |= Ascii.EqualsIgnoreCase(value.Span, "100-continue"u8);
        }
        else
        {
            ReadCondition(name, value);
        }

        return true;
    }

    private void ReadCondition(ReadOnlySpan<byte> name, ReadOnlyMemory<byte> value)
    {
        if (Ascii.EqualsIgnoreCase(name, "Range"u8))
        {
            Range = Range.IsEmpty ? value : Range;
        }
        else if (Ascii.EqualsIgnoreCase(name, "If-Range"u8))
        {
            IfRange = IfRange.IsEmpty ? value : IfRange;
        }
        else if (Ascii.EqualsIgnoreCase(name, "If-Match"u8))
        {
            IfMatch = IfMatch.IsEmpty ? value : IfMatch;
        }
        else if (Ascii.EqualsIgnoreCase(name, "If-None-Match"u8))
        {
            IfNoneMatch = IfNoneMatch.IsEmpty ? value : IfNoneMatch;
        }
        else if (Ascii.EqualsIgnoreCase(name, "If-Modified-Since"u8))
        {
            IfModifiedSince = IfModifiedSince.IsEmpty ? value : IfModifiedSince;
        }
        else if (Ascii.EqualsIgnoreCase(name, "If-Unmodified-Since"u8))
        {
            IfUnmodifiedSince = IfUnmodifiedSince.IsEmpty ? value : IfUnmodifiedSince;
        }
    }

    // Digits only, once: anything else leaves it open where the next request starts (RFC 9112 §6.3).
    private bool ReadContentLength(ReadOnlySpan<byte> value)
    {
        if (_contentLength != None || !HttpSyntax.TryParseNumber(value, out var length))
        {
            return false;
        }

        _contentLength = length;
        return true;
    }

    private HttpStatusCode CheckFields()
    {
        // RFC 9112 §6.1: no transfer coding is implemented, and one beside a length, or from a 1.0 peer, is an attack or an error.
        if (_hasTransferEncoding)
        {
            return _contentLength != None || IsHttp10 ? HttpStatusCode.BadRequest : HttpStatusCode.NotImplemented;
        }

        // RFC 9112 §3.2
        return _hosts > 1 || (_hosts == 0 && !IsHttp10) ? HttpStatusCode.BadRequest : HttpStatusCode.OK;
    }
}
