using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Mirage.Net.Dns;

/// <content>The text form (RFC 1035 §5.1): <c>\.</c> for a dot within a label, <c>\\</c>, and <c>\DDD</c> for bytes that are not printable.</content>
public readonly partial struct DomainName
{
    /// <inheritdoc cref="Parse(ReadOnlySpan{char}, IFormatProvider?)"/>
    public static DomainName Parse(string s, IFormatProvider? provider = null)
    {
        ArgumentNullException.ThrowIfNull(s);
        return Parse(s.AsSpan(), provider);
    }

    /// <summary>Reads the text form.</summary>
    /// <exception cref="FormatException">It is not a name.</exception>
    public static DomainName Parse(ReadOnlySpan<char> s, IFormatProvider? provider = null)
        => TryParse(s, provider, out var result)
            ? result
            : throw new FormatException($"'{s}' is not a domain name such as www.example.org: labels of 1 to 63 ASCII characters, 253 in all");

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out DomainName result) => TryParse(s.AsSpan(), provider, out result);

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out DomainName result)
    {
        result = default;
        if (s is ".")
        {
            return true;
        }

        Span<byte> wire = stackalloc byte[MaxWireLength];
        var (label, at) = (0, 1);
        while (!s.IsEmpty)
        {
            var isDot = s[0] == '.';
            if (isDot ? at == label + 1 : !TryReadByte(ref s, wire, at))
            {
                return false;
            }

            if (isDot)
            {
                s = s[1..];
                wire[label] = (byte)(at - label - 1);
                label = at;
            }

            at++;
            if (at > MaxWireLength || at - label - 1 > MaxLabelLength)
            {
                return false;
            }
        }

        if (at == 1)
        {
            return false;
        }

        // Without a dot at the end the last label is still open.
        wire[label] = (byte)(at - label - 1);
        if (wire[label] != 0)
        {
            if (at == MaxWireLength)
            {
                return false;
            }

            wire[at++] = 0;
        }

        result = new DomainName(wire[..at].ToArray());
        return true;
    }

    /// <summary>The text form, without a dot at the end; the root's is a dot.</summary>
    public override string ToString()
    {
        if (IsRoot)
        {
            return ".";
        }

        var text = new StringBuilder(Wire.Length);
        for (var rest = Wire; rest[0] != 0; rest = rest[(1 + rest[0])..])
        {
            _ = text.Length > 0 ? text.Append('.') : text;
            foreach (var value in rest.Slice(1, rest[0]))
            {
                _ = value is (byte)'.' or (byte)'\\' ? text.Append('\\').Append((char)value)
                    : value is > 0x20 and < 0x7f ? text.Append((char)value)
                    : text.Append('\\').Append(value.ToString("000", CultureInfo.InvariantCulture));
            }
        }

        return text.ToString();
    }

    /// <inheritdoc/>
    public string ToString(string? format, IFormatProvider? formatProvider) => ToString();

    private static bool TryReadByte(scoped ref ReadOnlySpan<char> s, scoped Span<byte> wire, int at)
    {
        if (at >= wire.Length || s[0] is <= ' ' or > '~')
        {
            return false;
        }

        var value = s[0];
        s = s[1..];
        if (value == '\\')
        {
            if (s.Length >= 3 && char.IsAsciiDigit(s[0]))
            {
                if (!byte.TryParse(s[..3], NumberStyles.None, CultureInfo.InvariantCulture, out wire[at]))
                {
                    return false;
                }

                s = s[3..];
                return true;
            }

            if (s.IsEmpty || s[0] is <= ' ' or > '~' || char.IsAsciiDigit(s[0]))
            {
                return false;
            }

            value = s[0];
            s = s[1..];
        }

        wire[at] = (byte)value;
        return true;
    }
}
