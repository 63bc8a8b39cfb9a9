namespace Mirage.Examples.Tests.Fakes;

/// <summary>A store in memory that a test fills.</summary>
internal readonly struct MemoryFiles : IKeyValueReader
{
    public static readonly DateTimeOffset Modified = new(2026, 3, 14, 15, 9, 26, 535, TimeSpan.Zero);

    private readonly Dictionary<StoreKey, byte[]> _values = [];

    public MemoryFiles()
    {
    }

    public bool IsDefault => _values is null;

    public byte[] this[string key]
    {
        set => _values[StoreKey.Parse(key)] = value;
    }

    public void Remove(string key) => _values.Remove(StoreKey.Parse(key));

    public ValueTask<Result<StoreEntryKind>> FindAsync(StoreKey key, CancellationToken cancellation = default)
        => new(_values.ContainsKey(key) ? StoreEntryKind.Value : IsDirectory(key) ? StoreEntryKind.Directory : ErrorKind.NotFound);

    public ValueTask<Result<ReadOnlyMemory<byte>>> GetAsync(StoreKey key, CancellationToken cancellation = default)
        => new(With<ReadOnlyMemory<byte>>(key, static value => value));

    public ValueTask<Result<int>> ReadAsync(StoreKey key, long offset, Memory<byte> buffer, CancellationToken cancellation = default)
        => new(With(key, value =>
        {
            var rest = value.AsSpan((int)long.Min(offset, value.Length));
            var count = int.Min(rest.Length, buffer.Length);
            rest[..count].CopyTo(buffer.Span);
            return count;
        }));

    public ValueTask<Result<IReadOnlyList<StoreEntry>>> ListAsync(StoreKey directory, CancellationToken cancellation = default)
        => new(new Result<IReadOnlyList<StoreEntry>>(
            [.. _values.Keys.Where(key => key.Parent == directory).Select(static key => new StoreEntry(key, StoreEntryKind.Value))]));

    public ValueTask<Result<DateTimeOffset>> GetLastModifiedAsync(StoreKey key, CancellationToken cancellation = default)
        => new(With(key, static _ => Modified));

    public ValueTask<Result<string>> GetDigestAsync(StoreKey key, CancellationToken cancellation = default)
        => new(With(key, static value => $"v{value.Length}"));

    public ValueTask<Result<long>> GetSizeAsync(StoreKey key, CancellationToken cancellation = default)
        => new(With(key, static value => (long)value.Length));

    public ValueTask DisconnectAsync() => default;

    private Result<T> With<T>(StoreKey key, Func<byte[], T> use)
        => _values.TryGetValue(key, out var value) ? use(value) : IsDirectory(key) ? ErrorKind.Invalid : ErrorKind.NotFound;

    private bool IsDirectory(StoreKey key) => key.IsRoot || _values.Keys.Any(other => other.ToString().StartsWith($"{key}/", StringComparison.Ordinal));
}
