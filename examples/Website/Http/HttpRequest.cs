using System.Net;
using System.Text;
using Mirage;

namespace Website;

/// <summary>
/// A request's head (RFC 9112 §2 to §6), read in place: the values are parts of the bytes that it was read from, and live as long.
/// One object serves the requests of a connection one after another.
/// </summary>
public sealed partial class HttpRequest
{
    /// <summary>The method.</summary>
    public RequestMethod Method { get; private set; }

    /// <summary>What is asked for, undecoded.</summary>
    public ReadOnlyMemory<byte> Target { get; private set; }

    /// <summary>Whether the peer speaks HTTP/1.0.</summary>
    public bool IsHttp10 { get; private set; }

    /// <summary>Whether the connection goes on after the response (RFC 9112 §9.3).</summary>
    public bool KeepAlive => !_close && (!IsHttp10 || _keepAlive);

    /// <summary>Bytes of content after the head.</summary>
    public long ContentLength => long.Max(_contentLength, 0);

    /// <summary>Whether the peer may wait for "100 Continue" before it sends the content.</summary>
    public bool ExpectsContinue { get; private set; }

    /// <summary>The value of <c>If-Match</c>; empty if there is none.</summary>
    public ReadOnlyMemory<byte> IfMatch { get; private set; }

    /// <summary>The value of <c>If-None-Match</c>; empty if there is none.</summary>
    public ReadOnlyMemory<byte> IfNoneMatch { get; private set; }

    /// <summary>The value of <c>If-Modified-Since</c>; empty if there is none.</summary>
    public ReadOnlyMemory<byte> IfModifiedSince { get; private set; }

    /// <summary>The value of <c>If-Unmodified-Since</c>; empty if there is none.</summary>
    public ReadOnlyMemory<byte> IfUnmodifiedSince { get; private set; }

    /// <summary>The value of <c>If-Range</c>; empty if there is none.</summary>
    public ReadOnlyMemory<byte> IfRange { get; private set; }

    /// <summary>The value of <c>Range</c>; empty if there is none.</summary>
    public ReadOnlyMemory<byte> Range { get; private set; }

    /// <summary>Reads a head.</summary>
    /// <param name="head">The head with its empty line, as <see cref="HttpHead.TryFind"/> found it.</param>
    /// <returns>
    /// <see cref="HttpStatusCode.OK"/>, or what to answer before the connection is closed: where the head is in doubt, so is what follows it.
    /// </returns>
    public HttpStatusCode Read(ReadOnlyMemory<byte> head)
    {
        Reset();
        var status = ReadRequestLine(TakeLine(ref head));
        for (var line = TakeLine(ref head); status == HttpStatusCode.OK && !line.IsEmpty; line = TakeLine(ref head))
        {
            status = ReadField(line);
        }

        return status == HttpStatusCode.OK ? CheckFields() : status;
    }

    /// <summary>Forgets what was read, so that nothing refers to the bytes any more.</summary>
    public void Reset()
    {
        Method = RequestMethod.Unknown;
        IsHttp10 = ExpectsContinue = _close = _keepAlive = _hasTransferEncoding = false;
        Target = IfMatch = IfNoneMatch = IfModifiedSince = IfUnmodifiedSince = IfRange = Range = default;
        _hosts = 0;
        _contentLength = None;
    }

    private static ReadOnlyMemory<byte> TakeLine(ref ReadOnlyMemory<byte> rest)
    {
        var end = rest.Span.IndexOf("\r\n"u8);
        var line = end < 0 ? rest : rest[..end];
        rest = end < 0 ? default : rest[(end + 2)..];
        return line;
    }

    // method SP request-target SP HTTP-version (RFC 9112 §3)
    private HttpStatusCode ReadRequestLine(ReadOnlyMemory<byte> line)
    {
        var span = line.Span;
        var first = span.IndexOf((byte)' ');
        var last = span.LastIndexOf((byte)' ');
        if (first < 0 || last == first)
        {
            return HttpStatusCode.BadRequest;
        }

        var method = span[..first];
        var target = span[(first + 1)..last];
        if (!HttpSyntax.IsToken(method) || target.IsEmpty || target.ContainsAnyExceptInRange((byte)'!', (byte)'~'))
        {
            return HttpStatusCode.BadRequest;
        }

        Method = MethodOf(method);
        Target = line[(first + 1)..last];
        return ReadVersion(span[(last + 1)..]);
    }

    // HTTP/1.1 and whatever 1.x may come later are alike to a server of 1.1 (RFC 9110 §2.5).
    private HttpStatusCode ReadVersion(ReadOnlySpan<byte> version)
    {
        if (version.Length != "HTTP/1.1".Length || !version.StartsWith("HTTP/"u8) || version[6] != '.'
            || !char.IsAsciiDigit((char)version[5]) || !char.IsAsciiDigit((char)version[7]))
        {
            return HttpStatusCode.BadRequest;
        }

        IsHttp10 = version[7] == '0';
        return version[5] == '1' ? HttpStatusCode.OK : HttpStatusCode.HttpVersionNotSupported;
    }

    // Methods are case-sensitive (RFC 9110 §9.1).
    private static RequestMethod MethodOf(ReadOnlySpan<byte> method)
        => method.SequenceEqual("GET"u8) ? RequestMethod.Get
        : method.SequenceEqual("HEAD"u8) ? RequestMethod.Head
        : method.SequenceEqual("POST"u8) || method.SequenceEqual("PUT"u8) || method.SequenceEqual("DELETE"u8)
            || method.SequenceEqual("OPTIONS"u8) || method.SequenceEqual("TRACE"u8) || method.SequenceEqual("CONNECT"u8)
            || method.SequenceEqual("PATCH"u8) ? RequestMethod.NotAllowed
        : RequestMethod.Unknown;

    /// <summary>The target as text, for a person.</summary>
    public override string ToString() => $"{Method} {Encoding.ASCII.GetString(Target.Span)}";
}
