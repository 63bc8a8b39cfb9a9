using System.Net;
using System.Text;
using Mirage;

namespace Website;

/// <summary>A part of a file.</summary>
/// <param name="Offset">Where it starts.</param>
/// <param name="Length">How many bytes.</param>
public readonly record struct ByteRange(long Offset, long Length)
{
    /// <summary>The last byte.</summary>
    public long Last => Offset + Length - 1;

    /// <summary>
    /// Reads a <c>Range</c> field (RFC 9110 §14.1.2, §14.2). What is not one range of bytes, well formed, is ignored, as a server may, and
    /// gives the whole file.
    /// </summary>
    /// <param name="value">The field's value; may be empty.</param>
    /// <param name="size">The size of the file.</param>
    /// <param name="range">The part to send: the whole file, unless the status is <see cref="HttpStatusCode.PartialContent"/>.</param>
    /// <returns>
    /// <see cref="HttpStatusCode.OK"/>, <see cref="HttpStatusCode.PartialContent"/> or <see cref="HttpStatusCode.RequestedRangeNotSatisfiable"/>.
    /// </returns>
    public static HttpStatusCode Read(ReadOnlySpan<byte> value, long size, out ByteRange range)
    {
        range = new(0, size);
        if (!TrySplit(value, out var first, out var last))
        {
            return HttpStatusCode.OK;
        }

        if (first.IsEmpty)
        {
            return ReadSuffix(last, size, ref range);
        }

        var end = long.MaxValue;
        if (!HttpSyntax.TryParseNumber(first, out var start)
            || (!last.IsEmpty && (!HttpSyntax.TryParseNumber(last, out end) || end < start)))
        {
            return HttpStatusCode.OK;
        }

        if (start >= size)
        {
            return HttpStatusCode.RequestedRangeNotSatisfiable;
        }

        range = new(start, long.Min(end, size - 1) - start + 1);
        return HttpStatusCode.PartialContent;
    }

    // "-500" is the last 500 bytes, or as many as there are. Of an empty file that is all of it, which a Content-Range cannot say.
    private static HttpStatusCode ReadSuffix(ReadOnlySpan<byte> digits, long size, ref ByteRange range)
    {
        if (!HttpSyntax.TryParseNumber(digits, out var length) || (size == 0 && length > 0))
        {
            return HttpStatusCode.OK;
        }

        if (length == 0)
        {
            return HttpStatusCode.RequestedRangeNotSatisfiable;
        }

        length = long.Min(length, size);
        range = new(size - length, length);
        return HttpStatusCode.PartialContent;
    }

    // Several ranges have a comma, which is no digit, so they are not well formed here.
    private static bool TrySplit(ReadOnlySpan<byte> value, out ReadOnlySpan<byte> first, out ReadOnlySpan<byte> last)
    {
        first = last = default;
        var unit = "bytes="u8;
        if (value.Length <= unit.Length || !Ascii.EqualsIgnoreCase(value[..unit.Length], unit))
        {
            return false;
        }

        var range = HttpSyntax.Trim(value[unit.Length..]);
        var dash = range.IndexOf((byte)'-');
        if (dash < 0)
        {
            return false;
        }

        first = range[..dash];
        last = range[(dash + 1)..];
        return true;
    }
}
