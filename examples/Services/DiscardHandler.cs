using System.Buffers;
using Mirage;

namespace Services;

/// <summary>Discard over TCP (RFC 863): reads until the end, and sends nothing.</summary>
public readonly struct DiscardHandler : IFlowHandler
{
    private const int BufferSize = 64 * 1024;

    /// <inheritdoc/>
    public async ValueTask HandleAsync<TFlow>(TFlow flow)
        where TFlow : struct, IFlow
    {
        FlowRead read;
        do
        {
            read = await flow.ReadAsync(Memory<byte>.Empty);
            if (!read.IsEnd && !read.IsError)
            {
                var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
                read = await flow.ReadAsync(buffer);
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
        while (!read.IsEnd && !read.IsError);
    }
}

/// <summary>Discard over UDP (RFC 863): takes each datagram, and sends nothing.</summary>
public readonly struct DiscardDatagramHandler : IDatagramHandler
{
    /// <inheritdoc/>
    public void OnDatagram(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload)
    {
    }
}
