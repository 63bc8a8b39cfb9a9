using System.Buffers;
using System.Globalization;
using Mirage;

namespace Website;

/// <summary>
/// The files below a directory of the host. Keys cannot climb out (see <see cref="StoreKey"/>), and symbolic links below the root are not
/// followed: they look absent. This guards against links that are there, not against somebody who swaps a directory for a link at the moment.
/// <para>Files are read on the caller's thread: what is served often is in the host's cache, and a read takes microseconds.</para>
/// </summary>
public readonly struct DirectoryFiles : IKeyValueReader
{
    private readonly Core _core;

    private DirectoryFiles(string root) => _core = new Core(root);

    /// <inheritdoc/>
    public bool IsDefault => _core is null;

    private Core Files
        => _core ?? throw new InvalidOperationException($"this {nameof(DirectoryFiles)} is the default value; get one from {nameof(Open)}");

    /// <summary>Opens a directory.</summary>
    /// <param name="path">The directory; it may be a link itself.</param>
    /// <returns>The store, or <see cref="ErrorKind.NotFound"/>.</returns>
    public static Result<DirectoryFiles> Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Directory.Exists(path)
            ? new DirectoryFiles(Path.GetFullPath(path))
            : new DeviceError(ErrorKind.NotFound, $"there is no directory '{path}'");
    }

    /// <inheritdoc/>
    public ValueTask<Result<StoreEntryKind>> FindAsync(StoreKey key, CancellationToken cancellation = default)
        => new(Files.Find(key, static info => IsDirectory(info) ? StoreEntryKind.Directory : StoreEntryKind.Value));

    /// <inheritdoc/>
    public ValueTask<Result<ReadOnlyMemory<byte>>> GetAsync(StoreKey key, CancellationToken cancellation = default)
        => new(Files.FindValue<ReadOnlyMemory<byte>>(key, static info => File.ReadAllBytes(info.FullName)));

    /// <inheritdoc/>
    public ValueTask<Result<int>> ReadAsync(StoreKey key, long offset, Memory<byte> buffer, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        return new(Files.FindValue(key, info =>
        {
            // The host refuses offsets near the largest number, where there cannot be anything.
            if (offset >= info.Length)
            {
                return 0;
            }

            using var file = File.OpenHandle(info.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return RandomAccess.Read(file, buffer.Span, offset);
        }));
    }

    /// <inheritdoc/>
    public ValueTask<Result<IReadOnlyList<StoreEntry>>> ListAsync(StoreKey directory, CancellationToken cancellation = default)
        => new(Files.List(directory));

    /// <inheritdoc/>
    public ValueTask<Result<DateTimeOffset>> GetLastModifiedAsync(StoreKey key, CancellationToken cancellation = default)
        => new(Files.FindValue(key, static info => new DateTimeOffset(info.LastWriteTimeUtc)));

    /// <summary>The time of the last change and the size, in hexadecimal.</summary>
    /// <inheritdoc/>
    public ValueTask<Result<string>> GetDigestAsync(StoreKey key, CancellationToken cancellation = default)
        => new(Files.FindValue(
            key, static info => string.Create(CultureInfo.InvariantCulture, $"{info.LastWriteTimeUtc.Ticks:x}-{info.Length:x}")));

    /// <inheritdoc/>
    public ValueTask<Result<long>> GetSizeAsync(StoreKey key, CancellationToken cancellation = default)
        => new(Files.FindValue(key, static info => info.Length));

    /// <inheritdoc/>
    public ValueTask DisconnectAsync()
    {
        Files.IsClosed = true;
        return default;
    }

    private static bool IsDirectory(FileInfo info) => info.Attributes.HasFlag(FileAttributes.Directory);

    private sealed class Core(string root)
    {
        private static readonly SearchValues<char> NotInNames = SearchValues.Create(Path.GetInvalidFileNameChars());

        public bool IsClosed { get; set; }

        public Result<T> FindValue<T>(StoreKey key, Func<FileInfo, T> use)
            => Try<T>(key, info => IsDirectory(info) ? ErrorKind.Invalid : use(info));

        public Result<T> Find<T>(StoreKey key, Func<FileInfo, T> use) => Try<T>(key, info => use(info));

        public Result<IReadOnlyList<StoreEntry>> List(StoreKey directory) => Try<IReadOnlyList<StoreEntry>>(directory, info =>
        {
            if (!IsDirectory(info))
            {
                return ErrorKind.Invalid;
            }

            var entries = new DirectoryInfo(info.FullName).EnumerateFileSystemInfos()
                .Where(static entry => !entry.Attributes.HasFlag(FileAttributes.ReparsePoint))
                .Select(entry => new StoreEntry(
                    directory.Append(entry.Name), entry is DirectoryInfo ? StoreEntryKind.Directory : StoreEntryKind.Value));
            return new Result<IReadOnlyList<StoreEntry>>(
                [.. entries.OrderBy(static entry => entry.Key.ToString(), StringComparer.Ordinal)]);
        });

        private Result<T> Try<T>(StoreKey key, Func<FileInfo, Result<T>> use)
        {
            if (IsClosed)
            {
                return ErrorKind.Disconnected;
            }

            try
            {
                return Locate(key) is { } info ? use(info) : ErrorKind.NotFound;
            }
            catch (UnauthorizedAccessException exception)
            {
                return new DeviceError(ErrorKind.NotPermitted, new ExceptionDetail(exception));
            }
            catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException or PathTooLongException)
            {
                return ErrorKind.NotFound;
            }
            catch (IOException exception)
            {
                return new DeviceError(ErrorKind.Other, new ExceptionDetail(exception));
            }
        }

        // What a key names, with no link on the way.
        private FileInfo? Locate(StoreKey key)
        {
            if (key.IsRoot)
            {
                return new FileInfo(root);
            }

            FileInfo? info = null;
            foreach (var segment in key.ToString()[1..].Split('/'))
            {
                // Elsewhere than on Unix more characters mean something in a path: '\', ':'.
                if (segment.AsSpan().ContainsAny(NotInNames) || (info is not null && !IsDirectory(info)))
                {
                    return null;
                }

                info = new FileInfo(Path.Join(info?.FullName ?? root, segment));
                if ((int)info.Attributes == -1 || info.Attributes.HasFlag(FileAttributes.ReparsePoint))
                {
                    return null;
                }
            }

            return info;
        }
    }
}
