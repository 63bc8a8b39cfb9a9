using Mirage;

namespace Website;

/// <summary>Where the head of a request ends.</summary>
public static class HttpHead
{
    /// <summary>The longest head that is accepted, in bytes, with its empty line.</summary>
    public const int MaxLength = 8 * 1024;

    /// <summary>
    /// Looks for the empty line. Lines end in CR LF here and in nothing else, though RFC 9112 §2.2 would allow LF alone: where two servers
    /// in a row disagree about line ends, requests can be smuggled.
    /// </summary>
    /// <param name="bytes">What has come so far.</param>
    /// <param name="length">The length of the head with its empty line; 0 if it is not all there.</param>
    /// <returns>Whether it can still become, or is, a head: no line ends in LF alone.</returns>
    public static bool TryFind(ReadOnlySpan<byte> bytes, out int length)
    {
        var end = bytes.IndexOf("\r\n\r\n"u8);
        length = end < 0 ? 0 : end + 4;
        return end >= 0 || !HasBareLineFeed(bytes);
    }

    private static bool HasBareLineFeed(ReadOnlySpan<byte> bytes)
    {
        for (var rest = bytes; ;)
        {
            var at = rest.IndexOf((byte)'\n');
            if (at < 0)
            {
                return false;
            }

            if (at == 0 || rest[at - 1] != '\r')
            {
                return true;
            }

            rest = rest[(at + 1)..];
        }
    }
}
