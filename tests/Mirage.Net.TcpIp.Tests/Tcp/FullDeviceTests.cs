using Mirage.Net.Virtual;
using Device = Mirage.Net.Virtual.ImpairedPackets<Mirage.Net.Virtual.VirtualPacketDevice, Mirage.Net.Virtual.SimulatedPlatform>;
using LendingDevice = Mirage.Net.Virtual.CapturedPackets<Mirage.Net.Virtual.ImpairedPackets<Mirage.Net.Virtual.VirtualPacketDevice, Mirage.Net.Virtual.SimulatedPlatform>, Mirage.Net.Virtual.SimulatedPlatform>;

namespace Mirage.Net.TcpIp.Tests.Tcp;

/// <summary>A device that has no room is not a network that loses: what did not leave leaves when there is room, without waiting for a time-out.</summary>
public sealed class FullDeviceTests
{
    [Fact]
    public void A_SYN_that_was_not_lent_leaves_when_there_is_room() => Open(device => device);

    [Fact]
    public void A_SYN_that_was_lent_and_not_taken_leaves_when_there_is_room()
    {
        var writer = new PcapngWriter(Stream.Null);
        Open((device, platform) => new LendingDevice(device, platform, writer, "full"));
    }

    private static void Open(Func<Device, Device> wrap) => Open((device, _) => wrap(device));

    private static void Open<TDevice>(Func<Device, SimulatedPlatform, TDevice> wrap)
        where TDevice : struct, IPacketDevice
    {
        for (ulong seed = 1; seed <= 30; seed++)
        {
            Virtual.Simulation.Run(seed, async platform =>
            {
                var link = new VirtualPacketLink(platform.Loop);
                var full = new Device(link.A, platform, new LinkOptions { Refusal = 0.9, Delay = TimeSpan.FromMilliseconds(5) });
                var client = Connect(wrap(full, platform), platform, "10.0.0.1/24");
                var server = Connect(link.B, platform, "10.0.0.2/24");
                _ = server.ListenTcp(7, new Idle()).ThrowIfFailed();
                var begun = platform.Now;
                var flow = (await client.ConnectTcpAsync(IpEndpoint.Parse("10.0.0.2:7"))).ThrowIfFailed();
                Assert.Equal(TimeSpan.FromMilliseconds(5), platform.Now - begun);
                Assert.Equal(0, client.Counters.Tcp.Retransmissions);
                await flow.AbortAsync();
            });
        }
    }

    private static DirectIpStack<TDevice, SimulatedPlatform, Cubic> Connect<TDevice>(TDevice device, SimulatedPlatform platform, string address)
        where TDevice : struct, IPacketDevice
        => DirectIpStack<TDevice, SimulatedPlatform, Cubic>.Connect(device, platform, new DirectStackOptions { Addresses = [IpNetwork.Parse(address)], UseIpv6 = false });

    private readonly struct Idle : IFlowHandler
    {
        public async ValueTask HandleAsync<TFlow>(TFlow flow)
            where TFlow : struct, IFlow
            => _ = await flow.ReadAsync(new byte[1]);
    }
}
