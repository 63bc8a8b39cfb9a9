namespace Mirage;

/// <summary>
/// A key-value store that can be written. What was written is durable when the task completes. Directories are made as needed. Failures beside the reader's:
/// <see cref="ErrorKind.Full"/>, <see cref="ErrorKind.ReadOnly"/>.
/// </summary>
public interface IKeyValueStore : IKeyValueReader
{
    /// <summary>Makes a value of zeros.</summary>
    /// <param name="key">The key.</param>
    /// <param name="size">Its length in bytes.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Done, or <see cref="ErrorKind.AlreadyPresent"/>.</returns>
    ValueTask<Result> AllocateAsync(StoreKey key, long size, CancellationToken cancellation = default);

    /// <summary>Makes a value, or replaces it.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The bytes; must not change until the task completes.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Done, or why not.</returns>
    ValueTask<Result> SetAsync(StoreKey key, ReadOnlyMemory<byte> value, CancellationToken cancellation = default);

    /// <summary>Writes into a value, which it makes or lengthens as needed; an offset after the end appends.</summary>
    /// <param name="key">The key.</param>
    /// <param name="offset">Where to start, not negative.</param>
    /// <param name="bytes">The bytes; must not change until the task completes.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Done, or why not.</returns>
    ValueTask<Result> WriteAsync(StoreKey key, long offset, ReadOnlyMemory<byte> bytes, CancellationToken cancellation = default);

    /// <summary>Removes a value, or a directory with all that is in it.</summary>
    /// <param name="key">The key.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Done, or why not.</returns>
    ValueTask<Result> RemoveAsync(StoreKey key, CancellationToken cancellation = default);

    /// <summary>Moves a value or a directory. A value replaces a value; into a directory it moves with its name kept; a directory
    /// does not replace a value, nor move into itself (<see cref="ErrorKind.Invalid"/>).</summary>
    /// <param name="source">What to move.</param>
    /// <param name="destination">To where.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Done, or why not.</returns>
    ValueTask<Result> RenameAsync(StoreKey source, StoreKey destination, CancellationToken cancellation = default);
}
