using System.Globalization;
using System.Text;
using Mirage;

namespace Website;

/// <summary>Dates in fields (RFC 9110 §5.6.7).</summary>
public static class HttpDate
{
    private const int MaxLength = 64;

    // The preferred format, and the two obsolete ones that a recipient must accept: RFC 850's and asctime's.
    private static readonly string[] Formats =
        ["ddd, dd MMM yyyy HH:mm:ss 'GMT'", "dddd, dd-MMM-yy HH:mm:ss 'GMT'", "ddd MMM d HH:mm:ss yyyy"];

    /// <summary>Reads a date in one of the three formats.</summary>
    /// <param name="value">The field's value.</param>
    /// <param name="date">The date.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParse(ReadOnlySpan<byte> value, out DateTimeOffset date)
    {
        date = default;
        if (value.Length > MaxLength)
        {
            return false;
        }

        Span<char> text = stackalloc char[value.Length];
        return Ascii.ToUtf16(value, text, out _) == System.Buffers.OperationStatus.Done
            && DateTimeOffset.TryParseExact(
                text, Formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AllowInnerWhite, out date);
    }

    /// <summary>The date to the second, which is all that a field can say.</summary>
    /// <param name="date">The date.</param>
    /// <returns>The date without the fraction.</returns>
    public static DateTimeOffset Truncate(DateTimeOffset date)
        => new(date.UtcTicks - (date.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
}
