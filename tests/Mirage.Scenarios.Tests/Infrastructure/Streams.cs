namespace Mirage.Scenarios.Tests;

/// <summary>Writing and reading the bytes of a <see cref="Pattern"/>.</summary>
internal static class Streams
{
    public const int Chunk = 65_536;

    /// <summary>Writes so many bytes, and ends the direction.</summary>
    public static async Task SendAsync<TFlow>(this TFlow flow, Pattern pattern, long length)
        where TFlow : struct, IFlow
    {
        for (long sent = 0; sent < length;)
        {
            var piece = pattern.At(sent, Math.Min(length - sent, Chunk));
            (await flow.WriteAsync(piece)).ThrowIfFailed();
            sent += piece.Length;
        }

        (await flow.ShutdownAsync(FlowDirection.Write)).ThrowIfFailed();
    }

    /// <summary>Reads to the end, and checks each byte and their number.</summary>
    public static async Task ExpectAsync<TFlow>(this TFlow flow, Pattern pattern, long length, Action<long>? progress = null)
        where TFlow : struct, IFlow
    {
        var buffer = new byte[Chunk];
        long received = 0;
        while ((await flow.ReadAsync(buffer)).ThrowIfFailed() is > 0 and var count)
        {
            if (!pattern.Matches(received, buffer.AsSpan(0, count)))
            {
                Assert.Fail($"of the {count} bytes at {received} some are wrong");
            }

            received += count;
            progress?.Invoke(received);
        }

        Assert.Equal(length, received);
    }

    /// <summary>Sends and expects at once, as much each way.</summary>
    public static Task ExchangeAsync<TFlow>(this TFlow flow, Pattern send, Pattern expect, long length, Action<long>? progress = null)
        where TFlow : struct, IFlow
        => flow.ExchangeAsync(send, expect, length, length, progress);

    /// <summary>Sends and expects at once.</summary>
    public static async Task ExchangeAsync<TFlow>(this TFlow flow, Pattern send, Pattern expect, long sent, long expected, Action<long>? progress = null)
        where TFlow : struct, IFlow
    {
        var sending = flow.SendAsync(send, sent);
        await flow.ExpectAsync(expect, expected, progress);
        await sending;
    }
}
