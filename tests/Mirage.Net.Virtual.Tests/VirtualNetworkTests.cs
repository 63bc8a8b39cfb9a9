using Mirage.Testing;

namespace Mirage.Net.Virtual.Tests;

public sealed class VirtualNetworkTests : NetworkBehaviour<VirtualNetwork>
{
    protected override void Connected(Func<Loop, VirtualNetwork, VirtualNetwork, Task> test, int mtu = 1500)
    {
        var loop = new SimulatedLoop(1);
        var network = new VirtualSwitch(loop);
        loop.Run(() => test(loop, network.Connect(mtu), network.Connect(mtu)));
    }

    protected override Task ArriveAsync() => Task.CompletedTask;
}
