using System.Globalization;

namespace Mirage;

/// <summary>Plain decimal numbers within text forms.</summary>
internal static class DecimalDigits
{
    /// <summary>Reads digits and nothing else: unlike .NET's parsers, which take NULs after a number.</summary>
    public static bool TryParse(ReadOnlySpan<char> s, int maximum, out int value)
    {
        value = 0;
        return !s.ContainsAnyExceptInRange('0', '9')
            && int.TryParse(s, NumberStyles.None, CultureInfo.InvariantCulture, out value)
            && value <= maximum;
    }
}
