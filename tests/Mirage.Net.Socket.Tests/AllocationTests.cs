using System.Diagnostics;
using System.Net.Sockets;
using System.Reflection;

namespace Mirage.Net.Socket.Tests;

[Collection(nameof(AloneCollection))]
public sealed class AllocationTests : SocketStackTest
{
    private const int Trips = 10_000;

    [Fact]
    public async Task Reads_and_writes_allocate_nothing()
    {
        Assert.SkipWhen(
            typeof(SocketFlow).Assembly.GetCustomAttribute<DebuggableAttribute>() is { IsJITOptimizerDisabled: true },
            "the state machines of a debug build are on the heap: dotnet test -c Release");
        using var peer = await RawPeer.ConnectAsync(Make(), new() { NoDelay = true });
        peer.Socket.NoDelay = true;
        var serving = default(Echo).HandleAsync(peer.Flow).AsTask();
        var buffer = new byte[1000];
        RoundTrips(2000);

        // The runtime allocates when it starts a thread and for that thread's first operation, and where a socket's operation completes just as it is
        // awaited; what each trip allocated would show in every round.
        var least = long.MaxValue;
        for (var round = 0; round < 10 && least >= Trips; round++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            RoundTrips(Trips);
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        Assert.Equal(0, least / Trips);
        peer.Socket.Shutdown(SocketShutdown.Send);
        await serving;

        // The peer blocks, so that what is counted is the stack's side.
        void RoundTrips(int count)
        {
            for (var i = 0; i < count; i++)
            {
                _ = peer.Socket.Send(buffer);
                for (var received = 0; received < buffer.Length;)
                {
                    received += peer.Socket.Receive(buffer.AsSpan(received));
                }
            }
        }
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public void Sending_a_datagram_allocates_nothing(string address)
    {
        var stack = Make();
        var remote = new IpEndpoint(IpAddress.Parse(address), 9);
        Assert.SkipUnless(stack.Addresses.Any(network => network.Address == remote.Address), $"this host has no address {address}");
        var payload = new byte[1000];
        Send(100);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Send(Trips);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(Trips + 100, stack.Counters.DatagramsSent);

        void Send(int count)
        {
            for (var i = 0; i < count; i++)
            {
                stack.SendUdp(IpEndpoint.None, remote, payload).ThrowIfFailed();
            }
        }
    }

    private readonly struct Echo : IFlowHandler
    {
        public async ValueTask HandleAsync<TFlow>(TFlow flow)
            where TFlow : struct, IFlow
        {
            var buffer = new byte[1000];
            while (await flow.ReadAsync(buffer) is { HasData: true } read)
            {
                (await flow.WriteAsync(buffer.AsMemory(0, read.Count))).ThrowIfFailed();
            }
        }
    }
}
