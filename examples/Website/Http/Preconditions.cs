using System.Net;
using System.Text;
using Mirage;

namespace Website;

/// <summary>The conditions under which a request is carried out (RFC 9110 §13).</summary>
public static class Preconditions
{
    /// <summary>Checks the conditions in their order (RFC 9110 §13.2.2).</summary>
    /// <param name="request">The request.</param>
    /// <param name="digest">The file's entity tag, without its quotes; <see langword="null"/> if it has none.</param>
    /// <param name="modified">When the file was last changed, to the second; <see langword="null"/> if that is not known.</param>
    /// <returns><see cref="HttpStatusCode.OK"/>, <see cref="HttpStatusCode.NotModified"/> or <see cref="HttpStatusCode.PreconditionFailed"/>.</returns>
    public static HttpStatusCode Check(HttpRequest request, string? digest, DateTimeOffset? modified)
    {
        if (!request.IfMatch.IsEmpty)
        {
            if (!HasTag(request.IfMatch.Span, digest, isStrong: true))
            {
                return HttpStatusCode.PreconditionFailed;
            }
        }
        else if (HttpDate.TryParse(request.IfUnmodifiedSince.Span, out var unmodifiedSince) && modified > unmodifiedSince)
        {
            return HttpStatusCode.PreconditionFailed;
        }

        var isKnown = request.IfNoneMatch.IsEmpty
            ? HttpDate.TryParse(request.IfModifiedSince.Span, out var modifiedSince) && modified <= modifiedSince
            : HasTag(request.IfNoneMatch.Span, digest, isStrong: false);
        return isKnown ? HttpStatusCode.NotModified : HttpStatusCode.OK;
    }

    /// <summary>Whether a range may be sent: the peer has a part of this file, not of an older one (RFC 9110 §13.1.5).</summary>
    /// <param name="request">The request.</param>
    /// <param name="digest">The file's entity tag, without its quotes; <see langword="null"/> if it has none.</param>
    /// <param name="modified">When the file was last changed, to the second; <see langword="null"/> if that is not known.</param>
    /// <returns>Whether the <c>Range</c> field counts.</returns>
    public static bool AllowRange(HttpRequest request, string? digest, DateTimeOffset? modified)
        => request.IfRange.IsEmpty
            || (HttpDate.TryParse(request.IfRange.Span, out var date) ? date == modified : HasTag(request.IfRange.Span, digest, isStrong: true));

    // "*", or entity tags separated by commas. A weak tag never matches where a strong one is wanted (RFC 9110 §8.8.3.2).
    private static bool HasTag(ReadOnlySpan<byte> list, string? digest, bool isStrong)
    {
        if (list.SequenceEqual("*"u8))
        {
            return true;
        }

        while (!list.IsEmpty)
        {
            var open = list.IndexOf((byte)'"');
            var length = open < 0 ? -1 : list[(open + 1)..].IndexOf((byte)'"');
            if (length < 0)
            {
                return false;
            }

            var isWeak = list[..open].EndsWith("W/"u8);
            if (digest is not null && Ascii.Equals(list.Slice(open + 1, length), digest) && !(isWeak && isStrong))
            {
                return true;
            }

            list = list[(open + length + 2)..];
        }

        return false;
    }
}
