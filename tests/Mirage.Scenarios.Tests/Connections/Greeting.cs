using System.Text;

namespace Mirage.Scenarios.Tests;

/// <summary>A server that says one line and closes, and a client that expects it.</summary>
internal static class Greeting
{
    private static readonly byte[] Line = Encoding.ASCII.GetBytes("220 mirage.example ready\r\n");

    /// <summary>Connects, reads the line and the end, and closes.</summary>
    public static async Task ExpectAsync<TCongestion>(Hosts<TCongestion> hosts, byte[] buffer)
        where TCongestion : struct, ICongestionControl
    {
        var flow = await hosts.ConnectAsync();
        var count = 0;
        while ((await flow.ReadAsync(buffer.AsMemory(count))).ThrowIfFailed() is > 0 and var more)
        {
            count += more;
        }

        Assert.Equal(Line, buffer.AsSpan(0, count));
        (await flow.CloseAsync()).ThrowIfFailed();
    }

    public readonly struct Server : IFlowHandler
    {
        public async ValueTask HandleAsync<TFlow>(TFlow flow)
            where TFlow : struct, IFlow
        {
            (await flow.WriteAsync(Line)).ThrowIfFailed();
            (await flow.CloseAsync()).ThrowIfFailed();
        }
    }
}
