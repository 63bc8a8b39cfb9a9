using System.Diagnostics.CodeAnalysis;

namespace Mirage;

/// <summary>
/// The name of a value or a directory in a key-value store: segments, as in <c>/etc/motd</c>. A segment is not empty and is neither
/// <c>.</c> nor <c>..</c>, and holds no <c>/</c> and no NUL, so that a key cannot name anything outside its store.
/// </summary>
public readonly struct StoreKey : IEquatable<StoreKey>, IParsable<StoreKey>
{
    private readonly string? _path;

    private StoreKey(string path) => _path = path;

    /// <summary>The root directory, <c>/</c>.</summary>
    public static StoreKey Root => default;

    /// <summary>Whether it is the root.</summary>
    public bool IsRoot => string.IsNullOrEmpty(_path);

    /// <summary>The last segment; empty for the root.</summary>
    public ReadOnlySpan<char> Name => _path is null ? default : _path.AsSpan(_path.LastIndexOf('/') + 1);

    /// <summary>The directory that it is in; the root for the root.</summary>
    public StoreKey Parent => IsRoot || _path!.LastIndexOf('/') == 0 ? Root : new(_path[.._path.LastIndexOf('/')]);

    /// <summary>A key below this one.</summary>
    /// <param name="segment">One segment.</param>
    /// <returns>The key.</returns>
    /// <exception cref="ArgumentException">It is not one segment.</exception>
    public StoreKey Append(string segment)
    {
        ArgumentNullException.ThrowIfNull(segment);
        return IsSegment(segment) ? new($"{_path}/{segment}") : throw new ArgumentException($"'{segment}' is not one segment of a key", nameof(segment));
    }

    /// <summary>Reads segments separated by <c>/</c>; one at the start or the end is ignored.</summary>
    /// <exception cref="FormatException">A segment is empty, <c>.</c>, <c>..</c> or holds a NUL.</exception>
    public static StoreKey Parse(string s, IFormatProvider? provider = null)
    {
        ArgumentNullException.ThrowIfNull(s);
        return TryParse(s, provider, out var key) ? key : throw new FormatException($"'{s}' is not a key such as /etc/motd");
    }

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out StoreKey result)
    {
        result = default;
        if (s is null)
        {
            return false;
        }

        var rest = s.AsSpan();
        rest = rest.StartsWith('/') ? rest[1..] : rest;
        rest = rest.Length > 1 && rest[^1] == '/' ? rest[..^1] : rest;
        foreach (var range in rest.IsEmpty ? default : rest.Split('/'))
        {
            if (!IsSegment(rest[range]))
            {
                return false;
            }
        }

        result = rest.IsEmpty ? Root : new($"/{rest}");
        return true;
    }

    /// <inheritdoc/>
    public bool Equals(StoreKey other) => string.Equals(ToString(), other.ToString(), StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is StoreKey other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => string.GetHashCode(ToString(), StringComparison.Ordinal);

    /// <summary>Whether two keys are the same.</summary>
    public static bool operator ==(StoreKey left, StoreKey right) => left.Equals(right);

    /// <summary>Whether two keys differ.</summary>
    public static bool operator !=(StoreKey left, StoreKey right) => !left.Equals(right);

    /// <summary>The segments, each after a <c>/</c>; the root is <c>/</c>.</summary>
    public override string ToString() => IsRoot ? "/" : _path!;

    private static bool IsSegment(ReadOnlySpan<char> s) => s is not ("" or "." or "..") && !s.ContainsAny('/', '\0');
}
