using Mirage;

namespace Website;

/// <summary>Media types by file name extension.</summary>
public static class ContentTypes
{
    private const int MaxExtension = 16;

    /// <summary>For text that this server writes itself.</summary>
    public const string Text = "text/plain; charset=utf-8";

    /// <summary>The media type of a file.</summary>
    /// <param name="name">The file's name.</param>
    /// <returns>The type; that of arbitrary bytes if the extension is not known.</returns>
    public static string Of(ReadOnlySpan<char> name)
    {
        var dot = name.LastIndexOf('.');
        var extension = dot < 0 || name.Length - dot > MaxExtension ? default : name[(dot + 1)..];
        Span<char> lower = stackalloc char[MaxExtension];
        return Known(lower[..extension.ToLowerInvariant(lower)]);
    }

    private static string Known(ReadOnlySpan<char> extension) => extension switch
    {
        "html" or "htm" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" or "mjs" => "text/javascript; charset=utf-8",
        "txt" or "md" => Text,
        "csv" => "text/csv; charset=utf-8",
        "json" or "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "xml" => "application/xml",
        "pdf" => "application/pdf",
        "wasm" => "application/wasm",
        "zip" => "application/zip",
        "gz" => "application/gzip",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" or "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "ico" => "image/x-icon",
        "woff" => "font/woff",
        "woff2" => "font/woff2",
        "mp3" => "audio/mpeg",
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        _ => "application/octet-stream",
    };
}
