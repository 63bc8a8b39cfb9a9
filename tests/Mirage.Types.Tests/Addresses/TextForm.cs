using System.Text;

namespace Mirage.Types.Tests.Addresses;

/// <summary>What every type with a text form promises.</summary>
internal static class TextForm
{
    /// <summary>All ways to format give one text, into a span of just its length and not into a shorter one.</summary>
    public static void AssertFormats<T>(T value, string expected)
        where T : ISpanFormattable, IUtf8SpanFormattable
    {
        Assert.Equal(expected, value.ToString());
        Assert.Equal(expected, value.ToString(null, null));
        Assert.Equal($"<{expected}>", $"<{value}>");

        var characters = new char[expected.Length];
        Assert.True(value.TryFormat(characters, out var written, default, null));
        Assert.Equal(expected, new string(characters, 0, written));
        var utf8 = new byte[expected.Length];
        Assert.True(value.TryFormat(utf8, out written, default, null));
        Assert.Equal(expected, Encoding.UTF8.GetString(utf8, 0, written));

        for (var length = 0; length < expected.Length; length++)
        {
            Assert.False(value.TryFormat(new char[length], out written, default, null));
            Assert.Equal(0, written);
            Assert.False(value.TryFormat(new byte[length], out written, default, null));
            Assert.Equal(0, written);
        }
    }

    /// <summary>All ways to parse give one value.</summary>
    public static void AssertParses<T>(string text, T expected)
        where T : ISpanParsable<T>, IEquatable<T>
    {
        Assert.True(TryParseString<T>(text, out var value), text);
        Assert.Equal(expected, value);
        Assert.True(T.TryParse(text.AsSpan(), null, out value));
        Assert.Equal(expected, value);
        Assert.Equal(expected, ParseString<T>(text));
        Assert.Equal(expected, T.Parse(text.AsSpan(), null));
        Assert.Equal(expected.GetHashCode(), value!.GetHashCode());
        Assert.True(value.Equals((object)expected));
        Assert.False(value.Equals(text));
    }

    /// <summary>No way to parse gives anything.</summary>
    public static void AssertRefused<T>(string text)
        where T : struct, ISpanParsable<T>, IEquatable<T>
    {
        Assert.False(TryParseString<T>(text, out var value), $"'{text}' was taken for {value}");
        Assert.Equal(default, value);
        Assert.False(T.TryParse(text.AsSpan(), null, out value));
        Assert.Equal(default, value);
        var thrown = Assert.Throws<FormatException>(() => ParseString<T>(text));
        Assert.Contains($"'{text}'", thrown.Message, StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => T.Parse(text.AsSpan(), null));
    }

    /// <summary>Null is refused by all ways to parse.</summary>
    public static void AssertNullRefused<T>()
        where T : struct, ISpanParsable<T>
    {
        Assert.False(TryParseString<T>(null, out _));
        Assert.Throws<ArgumentNullException>(() => ParseString<T>(null!));
    }

    // Through ISpanParsable a string would go to the overload for spans.
    private static bool TryParseString<T>(string? text, out T? value)
        where T : IParsable<T>
        => T.TryParse(text, null, out value);

    private static T ParseString<T>(string text)
        where T : IParsable<T>
        => T.Parse(text, null);
}
