namespace Mirage.Examples.Tests;

internal static class ChargenText
{
    private const string Ring = " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";

    /// <summary>Checks the start of the pattern of RFC 864, made line by line as the RFC describes it.</summary>
    public static void Check(ReadOnlySpan<byte> bytes)
    {
        for (var line = 0; !bytes.IsEmpty; line++)
        {
            var start = (line + 1) % Ring.Length;
            var expected = string.Concat(Ring.AsSpan(start), Ring)[..72] + "\r\n";
            var length = int.Min(bytes.Length, expected.Length);
            Assert.Equal(expected[..length], System.Text.Encoding.ASCII.GetString(bytes[..length]));
            bytes = bytes[length..];
        }
    }
}
