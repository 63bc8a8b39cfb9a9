using System.Net;
using Mirage;

namespace Website;

/// <summary>What the status codes that this server uses are called (RFC 9110 §15).</summary>
public static class HttpStatus
{
    /// <summary>The code and the reason phrase, as in the status line (RFC 9112 §4).</summary>
    /// <param name="status">The status.</param>
    /// <returns>For example <c>404 Not Found</c>.</returns>
    public static ReadOnlySpan<byte> Line(HttpStatusCode status) => status switch
    {
        HttpStatusCode.OK => "200 OK"u8,
        HttpStatusCode.PartialContent => "206 Partial Content"u8,
        HttpStatusCode.MovedPermanently => "301 Moved Permanently"u8,
        HttpStatusCode.NotModified => "304 Not Modified"u8,
        HttpStatusCode.BadRequest => "400 Bad Request"u8,
        HttpStatusCode.NotFound => "404 Not Found"u8,
        HttpStatusCode.MethodNotAllowed => "405 Method Not Allowed"u8,
        HttpStatusCode.PreconditionFailed => "412 Precondition Failed"u8,
        HttpStatusCode.RequestEntityTooLarge => "413 Content Too Large"u8,
        HttpStatusCode.RequestUriTooLong => "414 URI Too Long"u8,
        HttpStatusCode.RequestedRangeNotSatisfiable => "416 Range Not Satisfiable"u8,
        HttpStatusCode.RequestHeaderFieldsTooLarge => "431 Request Header Fields Too Large"u8,
        HttpStatusCode.NotImplemented => "501 Not Implemented"u8,
        HttpStatusCode.HttpVersionNotSupported => "505 HTTP Version Not Supported"u8,
        _ => "500 Internal Server Error"u8,
    };
}
