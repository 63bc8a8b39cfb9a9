using System.Net;
using Mirage;

namespace Website;

internal sealed partial class HttpConnection<TFlow, TFiles, TClock>
{
    private const int OutputSize = 64 * 1024;
    private const string IndexName = "index.html";

    private static readonly StoreKey NotFoundKey = StoreKey.Root.Append("404.html");

    private byte[] _output = [];

    private bool HasContent => _request.Method != RequestMethod.Head;

    private ValueTask<bool> AnswerRequestAsync()
    {
        var isTooLarge = _request.ContentLength > MaxSkipped;

        // A peer that expects "100 Continue" and gets another answer may or may not send its content (RFC 9110 §10.1.1).
        if (isTooLarge || (_request.ContentLength > 0 && _request.ExpectsContinue))
        {
            _keepAlive = false;
        }

        if (_request.Method is RequestMethod.Unknown or RequestMethod.NotAllowed)
        {
            var isKnown = _request.Method == RequestMethod.NotAllowed;
            return SendTextAsync(new(isKnown ? HttpStatusCode.MethodNotAllowed : HttpStatusCode.NotImplemented));
        }

        if (isTooLarge)
        {
            return SendTextAsync(new(HttpStatusCode.RequestEntityTooLarge));
        }

        var status = HttpTarget.Read(_request.Target.Span, out var target);
        return status switch
        {
            HttpStatusCode.OK => AnswerAsync(target),
            HttpStatusCode.NotFound => SendNotFoundAsync(),
            _ => SendTextAsync(new(status)),
        };
    }

    private async ValueTask<bool> AnswerAsync(HttpTarget target)
    {
        var key = target.HasSlash ? target.Key.Append(IndexName) : target.Key;
        var found = await files.GetSizeAsync(key, Expired);
        return found.TryGet(out var size) ? await SendFileAsync(key, size) : await (found.Error.Kind switch
        {
            // A directory: relative links in its index need the slash.
            ErrorKind.Invalid when !target.HasSlash
                => SendTextAsync(new(HttpStatusCode.MovedPermanently) { Location = LocationWithSlash() }),

            // That there is something secret is a secret too (RFC 9110 §15.5.4).
            ErrorKind.NotFound or ErrorKind.NotPermitted or ErrorKind.Invalid => SendNotFoundAsync(),
            _ => SendTextAsync(new(HttpStatusCode.InternalServerError)),
        });
    }

    private (ReadOnlyMemory<byte> Path, ReadOnlyMemory<byte> Query) LocationWithSlash()
        => (HttpTarget.PathOf(_request.Target.Span).ToArray(), HttpTarget.QueryOf(_request.Target.Span).ToArray());

    private async ValueTask<bool> SendFileAsync(StoreKey key, long size)
    {
        var lastModified = await files.GetLastModifiedAsync(key, Expired);
        var modified = lastModified.IsDone ? HttpDate.Truncate(lastModified.Value) : default(DateTimeOffset?);
        var digest = (await files.GetDigestAsync(key, Expired)).TryGet(out var found) ? found : null;
        var status = Preconditions.Check(_request, digest, modified);
        if (status != HttpStatusCode.OK)
        {
            var refusal = new HttpResponse(status) { Digest = digest, LastModified = modified };
            return status == HttpStatusCode.NotModified ? await SendAsync(refusal, key, 0) : await SendTextAsync(refusal);
        }

        // Only GET has ranges (RFC 9110 §14.2).
        var range = new ByteRange(0, size);
        if (_request.Method == RequestMethod.Get && Preconditions.AllowRange(_request, digest, modified))
        {
            status = ByteRange.Read(_request.Range.Span, size, out range);
        }

        return status == HttpStatusCode.RequestedRangeNotSatisfiable
            ? await SendTextAsync(new(status) { Size = size })
            : await SendAsync(
                new(status)
                {
                    ContentType = ContentTypes.Of(key.Name),
                    ContentLength = range.Length,
                    Range = range,
                    Size = status == HttpStatusCode.PartialContent ? size : null,
                    Digest = digest,
                    LastModified = modified,
                },
                key,
                range.Offset);
    }

    // The site may have a page for it.
    private async ValueTask<bool> SendNotFoundAsync()
    {
        var response = new HttpResponse(HttpStatusCode.NotFound);
        return (await files.GetSizeAsync(NotFoundKey, Expired)).TryGet(out var size)
            ? await SendAsync(response with { ContentType = ContentTypes.Of(NotFoundKey.Name), ContentLength = size }, NotFoundKey, 0)
            : await SendTextAsync(response);
    }

    // The status, as a line of text.
    private async ValueTask<bool> SendTextAsync(HttpResponse response)
    {
        var length = HttpStatus.Line(response.Status).Length + 1;
        var written = WriteHead(response with { ContentType = ContentTypes.Text, ContentLength = length });
        if (HasContent)
        {
            HttpStatus.Line(response.Status).CopyTo(_output.AsSpan(written));
            _output[written + length - 1] = (byte)'\n';
            written += length;
        }

        return (await flow.WriteAsync(_output.AsMemory(0, written), Expired)).IsDone;
    }

    // The head and the first of the content leave in one write, and so in one packet if they fit.
    private async ValueTask<bool> SendAsync(HttpResponse response, StoreKey key, long offset)
    {
        var filled = WriteHead(response);
        var left = HasContent ? response.ContentLength ?? 0 : 0;
        do
        {
            var room = (int)long.Min(left, _output.Length - filled);
            if (room > 0)
            {
                var read = await files.ReadAsync(key, offset, _output.AsMemory(filled, room), Expired);
                if (!read.TryGet(out var count) || count == 0)
                {
                    // The file has become shorter than was said: only a reset tells the peer (RFC 9112 §8).
                    await flow.AbortAsync();
                    return false;
                }

                filled += count;
                offset += count;
                left -= count;
            }

            connection.Restart();
            if (!(await flow.WriteAsync(_output.AsMemory(0, filled), Expired)).IsDone)
            {
                return false;
            }

            filled = 0;
        }
        while (left > 0);

        return true;
    }

    private int WriteHead(HttpResponse response) => response.WriteHead(_output, clock.UtcNow, _keepAlive, _request.IsHttp10);
}
