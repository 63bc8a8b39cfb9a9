using Mirage.Testing;
using ImpairedNetwork = Mirage.Net.Virtual.Impaired<Mirage.Net.Virtual.VirtualNetwork, Mirage.Net.Virtual.SimulatedPlatform>;

namespace Mirage.Net.Virtual.Tests;

public sealed class ImpairedNetworkTests : NetworkBehaviour<ImpairedNetwork>
{
    protected override void Connected(Func<Loop, ImpairedNetwork, ImpairedNetwork, Task> test, int mtu = 1500)
    {
        var loop = new SimulatedLoop(1);
        var platform = new SimulatedPlatform(loop);
        var network = new VirtualSwitch(loop);
        loop.Run(() => test(loop, new(network.Connect(mtu), platform), new(network.Connect(mtu), platform)));
    }

    protected override Task ArriveAsync() => Task.CompletedTask;
}
