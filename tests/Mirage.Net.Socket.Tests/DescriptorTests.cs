using Mirage.Testing;

namespace Mirage.Net.Socket.Tests;

[Collection(nameof(AloneCollection))]
public sealed class DescriptorTests
{
    [Theory]
    [InlineData(SocketFamily.Dual)]
    [InlineData(SocketFamily.V4)]
    public async Task A_disconnected_stack_holds_no_descriptor(SocketFamily family)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "descriptors are counted in /proc/self/fd");
        await UseAsync(family);
        var before = Count();
        for (var i = 0; i < 10; i++)
        {
            await UseAsync(family);
            Assert.Equal(before, Count());
        }
    }

    // Everything that opens a descriptor, ended in every way, and some of it not ended at all.
    private static async Task UseAsync(SocketFamily family)
    {
        var stack = SocketStack.Connect(new() { Family = family, RunOn = SocketRunOn.ThreadPool, HandlerFailed = static (_, _) => { } });
        var served = new Mailbox<IFlow>();
        var port = stack.ListenTcp(0, new Serving(async flow =>
        {
            served.Post(flow);
            var read = await flow.ReadAsync(new byte[1]);
            if (read.HasData)
            {
                throw new FormatException();
            }
        })).ThrowIfFailed().Port;
        _ = stack.ListenTcp(0, new Serving(static _ => default)).ThrowIfFailed();
        var remote = new IpEndpoint(Ipv4Address.Loopback, port);
        var flows = new SocketFlow[6];
        for (var i = 0; i < flows.Length; i++)
        {
            flows[i] = (await stack.ConnectTcpAsync(remote)).ThrowIfFailed();
            _ = await served.NextAsync();
        }

        (await flows[0].CloseAsync()).ThrowIfFailed();
        await flows[1].AbortAsync();
        (await flows[2].ShutdownAsync(FlowDirection.Write)).ThrowIfFailed();
        (await flows[3].ShutdownAsync(FlowDirection.Read)).ThrowIfFailed();
        (await flows[4].WriteAsync(new byte[1])).ThrowIfFailed();
        var reading = flows[5].ReadAsync(new byte[1]).AsTask();

        using (var listener = RawPeer.Listen())
        {
            var free = RawPeer.EndpointOf(listener);
            listener.Dispose();
            Assert.Equal(ErrorKind.Refused, (await stack.ConnectTcpAsync(free)).Error.Kind);
        }

        var received = new Mailbox<int>();
        var udp = stack.ListenUdp(0, new Receiving((_, _, payload) => received.Post(payload.Length)), new() { Address = Ipv4Address.Loopback }).ThrowIfFailed();
        stack.SendUdp(IpEndpoint.None, udp, "x"u8).ThrowIfFailed();
        Assert.Equal(1, await received.NextAsync());
        _ = stack.SelectSource(remote.Address).ThrowIfFailed();
        _ = stack.MaxPayload(remote.Address);

        await stack.DisconnectAsync();
        _ = await reading;
        Assert.Equal(0, stack.Counters.Connections);
    }

    private static int Count() => Directory.GetFileSystemEntries("/proc/self/fd").Count(entry =>
        new FileInfo(entry).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) ?? false);
}
