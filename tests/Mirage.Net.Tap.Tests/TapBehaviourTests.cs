using Mirage.Testing;

namespace Mirage.Net.Tap.Tests;

public sealed class TapBehaviourTests : NetworkBehaviour<TapNetwork>
{
    protected override void Connected(Func<Loop, TapNetwork, TapNetwork, Task> test, int mtu = 1500)
    {
        using var loop = new HostLoop { Spin = TimeSpan.Zero };
        loop.Run(async () =>
        {
            var (a, b) = DevicePair.Create(loop, mtu);
            await test(loop, a, b);
            await a.DisconnectAsync();
            await b.DisconnectAsync();
        });
    }

    protected override Task ArriveAsync() => Task.CompletedTask;
}
