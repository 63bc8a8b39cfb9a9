using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Text;
using Mirage;

namespace Website;

/// <summary>What is said about a response in its head (RFC 9112 §4, RFC 9110 §8).</summary>
/// <param name="status">The status.</param>
public readonly struct HttpResponse(HttpStatusCode status)
{
    /// <summary>The status.</summary>
    public HttpStatusCode Status { get; } = status;

    /// <summary>The media type of the content, or <see langword="null"/> where there is none.</summary>
    public string? ContentType { get; init; }

    /// <summary>Bytes of content, or <see langword="null"/> for a response that has none by definition (304).</summary>
    public long? ContentLength { get; init; }

    /// <summary>Which part of the file the content is (206), or <see langword="null"/>.</summary>
    public ByteRange? Range { get; init; }

    /// <summary>The size of the whole file, said with a part of it, or when a part was refused.</summary>
    public long? Size { get; init; }

    /// <summary>The entity tag without its quotes, or <see langword="null"/>.</summary>
    public string? Digest { get; init; }

    /// <summary>When the file was last changed, or <see langword="null"/>.</summary>
    public DateTimeOffset? LastModified { get; init; }

    /// <summary>The target to go to instead, in two parts (path and query); empty for none.</summary>
    public (ReadOnlyMemory<byte> Path, ReadOnlyMemory<byte> Query) Location { get; init; }

    /// <summary>Writes the head.</summary>
    /// <param name="destination">Where; room for 512 bytes and the location.</param>
    /// <param name="now">The date.</param>
    /// <param name="keepAlive">Whether the connection goes on afterwards.</param>
    /// <param name="isHttp10">Whether the peer has to be told that it does.</param>
    /// <returns>How many bytes.</returns>
    public int WriteHead(Span<byte> destination, DateTimeOffset now, bool keepAlive, bool isHttp10)
    {
        var writer = new Writer(destination);
        writer.Add("HTTP/1.1 "u8);
        writer.Add(HttpStatus.Line(Status));
        writer.Add("\r\nDate: "u8);
        writer.Add(now);
        AddContent(ref writer);
        AddFile(ref writer, now);
        if (Status == HttpStatusCode.MethodNotAllowed)
        {
            writer.Add("\r\nAllow: GET, HEAD"u8);
        }

        if (!Location.Path.IsEmpty)
        {
            writer.Add("\r\nLocation: "u8);
            writer.Add(Location.Path.Span);
            writer.Add("/"u8);
            writer.Add(Location.Query.Span);
        }

        writer.Add(!keepAlive ? "\r\nConnection: close"u8 : isHttp10 ? "\r\nConnection: keep-alive"u8 : default);
        writer.Add("\r\n\r\n"u8);
        return writer.Length;
    }

    private void AddContent(ref Writer writer)
    {
        if (ContentType is { } type)
        {
            writer.Add("\r\nContent-Type: "u8);
            writer.Add(type);
        }

        if (ContentLength is { } length)
        {
            writer.Add("\r\nContent-Length: "u8);
            writer.Add(length);
        }

        if (Size is { } size)
        {
            writer.Add("\r\nContent-Range: bytes "u8);
            if (Range is { } range)
            {
                writer.Add(range.Offset);
                writer.Add("-"u8);
                writer.Add(range.Last);
            }
            else
            {
                writer.Add("*"u8);
            }

            writer.Add("/"u8);
            writer.Add(size);
        }
    }

    private void AddFile(ref Writer writer, DateTimeOffset now)
    {
        if (Digest is { } digest)
        {
            writer.Add("\r\nETag: \""u8);
            writer.Add(digest);
            writer.Add("\""u8);
        }

        if (LastModified is { } modified)
        {
            // Never later than the date of the response (RFC 9110 §8.8.2.1).
            writer.Add("\r\nLast-Modified: "u8);
            writer.Add(modified < now ? modified : now);
        }

        writer.Add(Status is HttpStatusCode.OK ? "\r\nAccept-Ranges: bytes"u8 : default);
    }

    private ref struct Writer(Span<byte> destination)
    {
        private readonly Span<byte> _destination = destination;

        public int Length { get; private set; }

        private readonly Span<byte> Rest => _destination[Length..];

        public void Add(scoped ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(Rest);
            Length += bytes.Length;
        }

        public void Add(string ascii) => Length += Encoding.ASCII.GetBytes(ascii, Rest);

        public void Add(long number)
        {
            _ = Utf8Formatter.TryFormat(number, Rest, out var written);
            Length += written;
        }

        public void Add(DateTimeOffset date)
        {
            _ = date.TryFormat(Rest, out var written, "R", CultureInfo.InvariantCulture);
            Length += written;
        }
    }
}
