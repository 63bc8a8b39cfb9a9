using Mirage.Testing;
using CapturedNetwork = Mirage.Net.Virtual.Captured<Mirage.Net.Virtual.VirtualNetwork, Mirage.Net.Virtual.SimulatedPlatform>;

namespace Mirage.Net.Virtual.Tests;

public sealed class CapturedNetworkTests : NetworkBehaviour<CapturedNetwork>
{
    protected override void Connected(Func<Loop, CapturedNetwork, CapturedNetwork, Task> test, int mtu = 1500)
    {
        var loop = new SimulatedLoop(1);
        var platform = new SimulatedPlatform(loop);
        var network = new VirtualSwitch(loop);
        var writer = new PcapngWriter(Stream.Null);
        loop.Run(() => test(loop, new(network.Connect(mtu), platform, writer, "a"), new(network.Connect(mtu), platform, writer, "b")));
    }

    protected override Task ArriveAsync() => Task.CompletedTask;
}
