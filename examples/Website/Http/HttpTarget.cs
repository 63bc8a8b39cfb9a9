using System.Net;
using System.Text.Unicode;
using System.Text;
using Mirage;

namespace Website;

/// <summary>What a request's target names.</summary>
/// <param name="Key">The key.</param>
/// <param name="HasSlash">Whether the path ends in a slash, and so names a directory.</param>
public readonly record struct HttpTarget(StoreKey Key, bool HasSlash)
{
    /// <summary>Reads a target in origin form or absolute form (RFC 9112 §3.2), without its query.</summary>
    /// <param name="target">The target.</param>
    /// <param name="result">What it names.</param>
    /// <returns>
    /// <see cref="HttpStatusCode.OK"/>; <see cref="HttpStatusCode.BadRequest"/>; or <see cref="HttpStatusCode.NotFound"/> for a path that
    /// is well formed and that no key can have, such as one with <c>..</c> in it.
    /// </returns>
    public static HttpStatusCode Read(ReadOnlySpan<byte> target, out HttpTarget result)
    {
        result = default;
        var path = PathOf(target);
        if (!path.StartsWith((byte)'/') || path.Contains((byte)'#') || path.Length > HttpHead.MaxLength)
        {
            return HttpStatusCode.BadRequest;
        }

        Span<byte> decoded = stackalloc byte[path.Length];
        if (!TryDecode(path, decoded, out var length, out var isKey))
        {
            return HttpStatusCode.BadRequest;
        }

        decoded = decoded[..length];
        if (!isKey || !Utf8.IsValid(decoded) || !StoreKey.TryParse(Encoding.UTF8.GetString(decoded), null, out var key))
        {
            return HttpStatusCode.NotFound;
        }

        result = new(key, path.EndsWith((byte)'/'));
        return HttpStatusCode.OK;
    }

    /// <summary>The path of a target, undecoded, and without the query.</summary>
    /// <param name="target">The target.</param>
    /// <returns>The path.</returns>
    public static ReadOnlySpan<byte> PathOf(ReadOnlySpan<byte> target)
    {
        var path = WithoutOrigin(target);
        var query = path.IndexOf((byte)'?');
        return query < 0 ? path : path[..query];
    }

    /// <summary>The query of a target with its question mark; empty if there is none.</summary>
    /// <param name="target">The target.</param>
    /// <returns>The query.</returns>
    public static ReadOnlySpan<byte> QueryOf(ReadOnlySpan<byte> target)
    {
        var query = target.IndexOf((byte)'?');
        return query < 0 ? default : target[query..];
    }

    // A server accepts the absolute form, though only proxies get it (RFC 9112 §3.2.2).
    private static ReadOnlySpan<byte> WithoutOrigin(ReadOnlySpan<byte> target)
    {
        var scheme = IsScheme(target, "http://"u8) ? "http://".Length : IsScheme(target, "https://"u8) ? "https://".Length : 0;
        if (scheme == 0)
        {
            return target;
        }

        var rest = target[scheme..];
        var end = rest.IndexOfAny((byte)'/', (byte)'?');
        return end < 0 || rest[end] == '?' ? "/"u8 : rest[end..];
    }

    private static bool IsScheme(ReadOnlySpan<byte> target, ReadOnlySpan<byte> scheme)
        => target.Length >= scheme.Length && Ascii.EqualsIgnoreCase(target[..scheme.Length], scheme);

    // Decoded once, after the path was cut from the query (RFC 3986 §2.4). A slash that was escaped is data and not a separator, so it is
    // part of no key.
    private static bool TryDecode(ReadOnlySpan<byte> path, Span<byte> decoded, out int length, out bool isKey)
    {
        length = 0;
        isKey = true;
        for (var i = 0; i < path.Length; i++)
        {
            var value = path[i];
            if (value == '%')
            {
                if (path.Length - i < 3 || !char.IsAsciiHexDigit((char)path[i + 1]) || !char.IsAsciiHexDigit((char)path[i + 2]))
                {
                    return false;
                }

                value = (byte)((Hex(path[i + 1]) << 4) | Hex(path[i + 2]));
                isKey &= value is not ((byte)'/' or 0);
                i += 2;
            }

            decoded[length++] = value;
        }

        return true;
    }

    private static int Hex(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
