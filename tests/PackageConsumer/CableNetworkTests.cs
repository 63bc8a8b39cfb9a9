using Mirage;
using Mirage.Net.Virtual;
using Mirage.Testing;

/// <summary>Everything that a network device promises, on the cable.</summary>
public sealed class CableNetworkTests : NetworkBehaviour<CableNetwork>
{
    protected override void Connected(Func<Loop, CableNetwork, CableNetwork, Task> test, int mtu = 1500)
    {
        var loop = new SimulatedLoop(seed: 1);
        loop.Run(async () =>
        {
            var (a, b) = CableNetwork.Connect(loop, mtu);
            await test(loop, a, b);
        });
    }

    protected override Task ArriveAsync() => Task.CompletedTask;
}
