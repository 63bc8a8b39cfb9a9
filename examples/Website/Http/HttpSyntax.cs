using System.Buffers;
using System.Text;
using Mirage;

namespace Website;

/// <summary>The smallest parts of HTTP's grammar (RFC 9110 §5.5, §5.6).</summary>
internal static class HttpSyntax
{
    private static readonly SearchValues<byte> TokenBytes =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    // uri-host [":" port] (RFC 9110 §7.2, RFC 3986 §3.2.2)
    private static readonly SearchValues<byte> HostBytes =
        SearchValues.Create("-._~%!$&'()*+,;=:[]0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    // All of ASCII's controls but the tab.
    private static readonly SearchValues<byte> ControlBytes =
        SearchValues.Create([.. Enumerable.Range(0, ' ').Where(static value => value != '\t').Select(static value => (byte)value), 127]);

    public static bool IsToken(ReadOnlySpan<byte> bytes) => !bytes.IsEmpty && !bytes.ContainsAnyExcept(TokenBytes);

    public static bool IsHost(ReadOnlySpan<byte> value) => !value.ContainsAnyExcept(HostBytes);

    public static bool IsFieldValue(ReadOnlySpan<byte> value) => !value.ContainsAny(ControlBytes);

    public static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> value) => value.Trim(" \t"u8);

    public static ReadOnlyMemory<byte> Trim(ReadOnlyMemory<byte> value) => value.Trim(" \t"u8);

    /// <summary>Whether a list of tokens separated by commas has this one.</summary>
    public static bool HasToken(ReadOnlySpan<byte> list, ReadOnlySpan<byte> token)
    {
        foreach (var range in list.Split((byte)','))
        {
            if (Ascii.EqualsIgnoreCase(Trim(list[range]), token))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Reads digits; a number too large for the type becomes the largest, since the grammar sets no limit.</summary>
    public static bool TryParseNumber(ReadOnlySpan<byte> digits, out long number)
    {
        number = 0;
        foreach (var digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                return false;
            }

            number = number > (long.MaxValue - 9) / 10 ? long.MaxValue : (number * 10) + (digit - '0');
        }

        return !digits.IsEmpty;
    }
}
