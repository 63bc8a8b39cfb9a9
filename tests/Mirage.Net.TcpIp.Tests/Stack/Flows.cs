namespace Mirage.Net.TcpIp.Tests;

/// <summary>Reading more than arrives at once.</summary>
internal static class Flows
{
    public static async Task<byte[]> ReadAllAsync<TFlow>(this TFlow flow)
        where TFlow : struct, IFlow
    {
        using var all = new MemoryStream();
        var buffer = new byte[65_536];
        while ((await flow.ReadAsync(buffer)).ThrowIfFailed() is > 0 and var count)
        {
            all.Write(buffer, 0, count);
        }

        return all.ToArray();
    }

    public static async Task ReadExactlyAsync<TFlow>(this TFlow flow, Memory<byte> buffer)
        where TFlow : struct, IFlow
    {
        while (!buffer.IsEmpty)
        {
            var count = (await flow.ReadAsync(buffer)).ThrowIfFailed();
            Assert.True(count > 0, "the flow ended too early");
            buffer = buffer[count..];
        }
    }
}
