using Mirage;

namespace LossyPeer;

/// <summary>Sends back what comes.</summary>
internal readonly struct Echo : IFlowHandler
{
    private const int BufferSize = 64 * 1024;

    public async ValueTask HandleAsync<TFlow>(TFlow flow)
        where TFlow : struct, IFlow
    {
        var buffer = new byte[BufferSize];
        while (await flow.ReadAsync(buffer) is { HasData: true } read && (await flow.WriteAsync(buffer.AsMemory(0, read.Count))).IsDone)
        {
        }
    }
}
