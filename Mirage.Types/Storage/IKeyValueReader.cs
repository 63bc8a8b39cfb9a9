namespace Mirage;

/// <summary>What a key names.</summary>
public enum StoreEntryKind : byte
{
    /// <summary>Bytes.</summary>
    Value,

    /// <summary>Other keys.</summary>
    Directory,
}

/// <summary>A key in a listing.</summary>
/// <param name="Key">The whole key, from the root.</param>
/// <param name="Kind">What it names.</param>
public readonly record struct StoreEntry(StoreKey Key, StoreEntryKind Kind);

/// <summary>
/// A key-value store that can be read: files in a directory, compiled into a program, in a tar. Keys form directories. Failures that every
/// member shares: <see cref="ErrorKind.NotFound"/>, <see cref="ErrorKind.Invalid"/> for a directory where a value is wanted or the reverse,
/// <see cref="ErrorKind.Disconnected"/>.
/// </summary>
public interface IKeyValueReader
{
    /// <summary>Whether this is the default value, which names nothing.</summary>
    bool IsDefault { get; }

    /// <summary>What a key names; <see cref="ErrorKind.NotFound"/> if nothing.</summary>
    /// <param name="key">The key.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The kind.</returns>
    ValueTask<Result<StoreEntryKind>> FindAsync(StoreKey key, CancellationToken cancellation = default);

    /// <summary>The whole value.</summary>
    /// <param name="key">The key.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The bytes, which the caller may keep and must not change.</returns>
    ValueTask<Result<ReadOnlyMemory<byte>>> GetAsync(StoreKey key, CancellationToken cancellation = default);

    /// <summary>A part of a value, into the caller's buffer.</summary>
    /// <param name="key">The key.</param>
    /// <param name="offset">Where to start, not negative.</param>
    /// <param name="buffer">Where to put the bytes; the store's until the task completes.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>How many bytes: fewer than asked at the end of the value, 0 after it.</returns>
    ValueTask<Result<int>> ReadAsync(StoreKey key, long offset, Memory<byte> buffer, CancellationToken cancellation = default);

    /// <summary>What is directly in a directory, in ordinal order of the keys.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The entries.</returns>
    ValueTask<Result<IReadOnlyList<StoreEntry>>> ListAsync(StoreKey directory, CancellationToken cancellation = default);

    /// <summary>When a value was last changed.</summary>
    /// <param name="key">The key.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The time.</returns>
    ValueTask<Result<DateTimeOffset>> GetLastModifiedAsync(StoreKey key, CancellationToken cancellation = default);

    /// <summary>A short text that is different when the value is (as an HTTP entity tag, RFC 9110 §8.8.3).</summary>
    /// <param name="key">The key.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The digest, of printable ASCII without quotes.</returns>
    ValueTask<Result<string>> GetDigestAsync(StoreKey key, CancellationToken cancellation = default);

    /// <summary>The length of a value in bytes.</summary>
    /// <param name="key">The key.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The length.</returns>
    ValueTask<Result<long>> GetSizeAsync(StoreKey key, CancellationToken cancellation = default);

    /// <summary>Closes the store. Closing again does nothing.</summary>
    /// <returns>When it is closed.</returns>
    ValueTask DisconnectAsync();
}
