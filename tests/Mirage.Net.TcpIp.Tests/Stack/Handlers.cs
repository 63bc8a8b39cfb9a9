namespace Mirage.Net.TcpIp.Tests;

/// <summary>Sends back what arrives, until the end.</summary>
internal readonly struct EchoHandler : IFlowHandler
{
    public async ValueTask HandleAsync<TFlow>(TFlow flow)
        where TFlow : struct, IFlow
    {
        var buffer = new byte[65_536];
        while ((await flow.ReadAsync(buffer)).ThrowIfFailed() is > 0 and var count)
        {
            (await flow.WriteAsync(buffer.AsMemory(0, count))).ThrowIfFailed();
        }
    }
}
