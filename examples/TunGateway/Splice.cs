using System.Buffers;
using Mirage;

namespace TunGateway;

/// <summary>Joins two flows: what comes from one goes to the other, with its end, its resets and its back-pressure.</summary>
public static class Splice
{
    private const int BufferSize = 64 * 1024;

    /// <summary>Joins two flows until both have ended in both directions, or one has failed; then both are closed.</summary>
    /// <typeparam name="TNear">The type of the one.</typeparam>
    /// <typeparam name="TFar">The type of the other.</typeparam>
    /// <param name="near">The one.</param>
    /// <param name="far">The other.</param>
    /// <returns>When both are closed.</returns>
    public static async ValueTask RunAsync<TNear, TFar>(TNear near, TFar far)
        where TNear : struct, IFlow
        where TFar : struct, IFlow
    {
        var forth = PumpAsync(near, far).AsTask();
        await PumpAsync(far, near);
        await forth;

        // Both directions have ended, or were aborted: what closing may still say is of no use to anyone.
        _ = await near.CloseAsync();
        _ = await far.CloseAsync();
    }

    /// <summary>One direction. Writing waits while the other end has no room, and nothing is read meanwhile.</summary>
    private static async ValueTask PumpAsync<TFrom, TTo>(TFrom from, TTo to)
        where TFrom : struct, IFlow
        where TTo : struct, IFlow
    {
        while (true)
        {
            // An empty read waits without a buffer, so that an idle connection holds none.
            var read = await from.ReadAsync(Memory<byte>.Empty);
            var written = Result.Done;
            if (!read.IsEnd && !read.IsError)
            {
                var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
                read = await from.ReadAsync(buffer);
                if (read.HasData)
                {
                    written = await to.WriteAsync(buffer.AsMemory(0, read.Count));
                }

                ArrayPool<byte>.Shared.Return(buffer);
            }

            if (read.IsEnd)
            {
                // Half-close: the other direction goes on.
                written = await to.ShutdownAsync(FlowDirection.Write);
                if (written.IsDone)
                {
                    return;
                }
            }

            if (read.IsError || !written.IsDone)
            {
                // A reset of one is a reset of the other. The other direction's waits end by it too.
                await from.AbortAsync();
                await to.AbortAsync();
                return;
            }
        }
    }
}
