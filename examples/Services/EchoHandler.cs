using System.Buffers;
using Mirage;

namespace Services;

/// <summary>Echo over TCP (RFC 862): sends back what comes, until the peer ends its side.</summary>
public readonly struct EchoHandler : IFlowHandler
{
    private const int BufferSize = 64 * 1024;

    /// <inheritdoc/>
    public async ValueTask HandleAsync<TFlow>(TFlow flow)
        where TFlow : struct, IFlow
    {
        // An empty read waits without a buffer, so that an idle connection holds none.
        while (IsReady(await flow.ReadAsync(Memory<byte>.Empty)))
        {
            var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
            var read = await flow.ReadAsync(buffer);
            var isWritten = read.HasData && (await flow.WriteAsync(buffer.AsMemory(0, read.Count))).IsDone;
            ArrayPool<byte>.Shared.Return(buffer);
            if (!isWritten)
            {
                return;
            }
        }
    }

    private static bool IsReady(FlowRead read) => !read.IsEnd && !read.IsError;
}

/// <summary>Echo over UDP (RFC 862): sends each datagram back.</summary>
/// <typeparam name="TUdp">The stack's type.</typeparam>
/// <param name="udp">The stack.</param>
/// <param name="ports">The services' ports, which get no answer.</param>
public readonly struct EchoDatagramHandler<TUdp>(TUdp udp, ServicePorts ports) : IDatagramHandler
    where TUdp : struct, IUdp
{
    /// <inheritdoc/>
    public void OnDatagram(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload)
    {
        if (!ports.IsService(remote.Port))
        {
            // An answer that cannot be sent is lost, as any datagram may be.
            _ = udp.SendUdp(local, remote, payload);
        }
    }
}
