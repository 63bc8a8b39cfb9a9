using Mirage.Net.Virtual;
using Device = Mirage.Net.Virtual.ImpairedPackets<Mirage.Net.Virtual.VirtualPacketDevice, Mirage.Net.Virtual.SimulatedPlatform>;

namespace Mirage.Net.TcpIp.Tests.Tcp;

/// <summary>A device that has no room is not a network that loses: what did not leave leaves when there is room, without waiting for a time-out.</summary>
public sealed class FullDeviceTests
{
    [Fact]
    public void A_SYN_leaves_when_there_is_room()
    {
        for (ulong seed = 1; seed <= 30; seed++)
        {
            Virtual.Simulation.Run(seed, async platform =>
            {
                var link = new VirtualPacketLink(platform.Loop);
                var full = new Device(link.A, platform, new LinkOptions { Refusal = 0.9, Delay = TimeSpan.FromMilliseconds(5) });
                var client = Connect(full, platform, "10.0.0.1/24");
                var server = Connect(new Device(link.B, platform), platform, "10.0.0.2/24");
                _ = server.ListenTcp(7, new Idle()).ThrowIfFailed();
                var begun = platform.Now;
                var flow = (await client.ConnectTcpAsync(IpEndpoint.Parse("10.0.0.2:7"))).ThrowIfFailed();
                Assert.Equal(TimeSpan.FromMilliseconds(5), platform.Now - begun);
                Assert.Equal((0, 1), (client.Counters.Tcp.Retransmissions, server.Counters.Tcp.Connections));
                await flow.AbortAsync();
            });
        }
    }

    private static DirectIpStack<Device, SimulatedPlatform, Cubic> Connect(Device device, SimulatedPlatform platform, string address)
        => DirectIpStack<Device, SimulatedPlatform, Cubic>.Connect(device, platform, new DirectStackOptions { Addresses = [IpNetwork.Parse(address)], UseIpv6 = false });

    private readonly struct Idle : IFlowHandler
    {
        public async ValueTask HandleAsync<TFlow>(TFlow flow)
            where TFlow : struct, IFlow
            => _ = await flow.ReadAsync(new byte[1]);
    }
}
