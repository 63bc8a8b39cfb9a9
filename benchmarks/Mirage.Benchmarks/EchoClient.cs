namespace Mirage.Benchmarks;

/// <summary>The side that sends and takes back.</summary>
internal static class EchoClient
{
    /// <summary>Sends one byte and waits for it, several times.</summary>
    public static async Task PingPongAsync<TFlow>(TFlow flow, byte[] buffer, int rounds)
        where TFlow : struct, IFlow
    {
        for (var i = 0; i < rounds; i++)
        {
            (await flow.WriteAsync(buffer.AsMemory(0, 1))).ThrowIfFailed();
            if ((await flow.ReadAsync(buffer)).ThrowIfFailed() == 0)
            {
                throw new InvalidOperationException("the flow ended");
            }
        }
    }

    /// <summary>Sends all of a buffer and takes it back into another of the same size, both at once.</summary>
    public static async Task BulkAsync<TFlow>(TFlow flow, byte[] sent, byte[] received)
        where TFlow : struct, IFlow
    {
        var writing = flow.WriteAsync(sent).AsTask();
        for (var count = 0; count < received.Length;)
        {
            var read = (await flow.ReadAsync(received.AsMemory(count))).ThrowIfFailed();
            count += read > 0 ? read : throw new InvalidOperationException("the flow ended");
        }

        (await writing).ThrowIfFailed();
    }
}
