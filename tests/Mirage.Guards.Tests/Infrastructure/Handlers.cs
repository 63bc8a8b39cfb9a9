namespace Mirage.Guards.Tests;

/// <summary>Sends back what arrives, until the end, and allocates nothing on the way.</summary>
internal readonly struct EchoHandler : IFlowHandler
{
    public async ValueTask HandleAsync<TFlow>(TFlow flow)
        where TFlow : struct, IFlow
    {
        var buffer = new byte[65_536];
        while ((await flow.ReadAsync(buffer)) is { HasData: true } read)
        {
            if (!(await flow.WriteAsync(buffer.AsMemory(0, read.Count))).IsDone)
            {
                return;
            }
        }
    }
}

/// <summary>Sends each datagram back.</summary>
internal readonly struct EchoDatagramHandler<TUdp>(TUdp udp) : IDatagramHandler
    where TUdp : struct, IUdp
{
    // An answer that cannot be sent is lost, as any datagram may be.
    public void OnDatagram(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload) => _ = udp.SendUdp(local, remote, payload);
}
