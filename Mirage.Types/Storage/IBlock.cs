namespace Mirage;

/// <summary>What a block device is.</summary>
/// <param name="SectorSize">Bytes in a sector.</param>
/// <param name="SectorCount">How many sectors; may grow.</param>
/// <param name="IsWritable">Whether it takes writes.</param>
public readonly record struct BlockInfo(int SectorSize, long SectorCount, bool IsWritable);

/// <summary>A device of sectors that can be read and written at random.</summary>
public interface IBlock
{
    /// <summary>Whether this is the default value, which names nothing.</summary>
    bool IsDefault { get; }

    /// <summary>What the device is now.</summary>
    BlockInfo Info { get; }

    /// <summary>Fills a buffer from consecutive sectors.</summary>
    /// <param name="sector">The first sector.</param>
    /// <param name="buffer">Whole sectors. The device's until the task completes; after an error its content is unspecified.</param>
    /// <param name="cancellation">Ends the wait where the device can; the buffer may still be written until the task completes.</param>
    /// <returns>Done, <see cref="ErrorKind.Invalid"/> if outside the device or not whole sectors, or <see cref="ErrorKind.Disconnected"/>.</returns>
    ValueTask<Result> ReadAsync(long sector, Memory<byte> buffer, CancellationToken cancellation = default);

    /// <summary>Writes a buffer to consecutive sectors. After an error a part may have been written.</summary>
    /// <param name="sector">The first sector.</param>
    /// <param name="buffer">Whole sectors; must not change until the task completes.</param>
    /// <param name="cancellation">Ends the wait where the device can.</param>
    /// <returns>As for reading, or <see cref="ErrorKind.ReadOnly"/>.</returns>
    ValueTask<Result> WriteAsync(long sector, ReadOnlyMemory<byte> buffer, CancellationToken cancellation = default);

    /// <summary>Makes all completed writes durable, where the device can.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Done, or why not.</returns>
    ValueTask<Result> FlushAsync(CancellationToken cancellation = default);

    /// <summary>Flushes and closes the device. Closing again does nothing.</summary>
    /// <returns>When it is closed.</returns>
    ValueTask DisconnectAsync();
}
