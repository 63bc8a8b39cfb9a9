using Mirage;
using Mirage.Net.Tap;
using Mirage.Net.TcpIp;
using Mirage.Net.Virtual;
using PacketPath;
using IpStack = Mirage.Net.TcpIp.DirectIpStack<Mirage.Net.Tap.TunDevice, Mirage.HostPlatform, Mirage.Net.TcpIp.Cubic>;

// Runs a composition of the direct stack, so that the JIT compiles its packet path; see PacketPathTests. The argument is the composition: over TAP, over TUN, over a
// card that cuts and joins segments, or one with a class among its type arguments.
var loop = new HostLoop();
switch (args)
{
    case ["tap"]:
        var (a, b) = DevicePair.Create(loop);
        Run(loop, a, b);
        return 0;
    case ["tun"]:
        var (c, d) = DevicePair.CreateTun(loop);
        loop.Run(() =>
        {
            var platform = new HostPlatform(loop);
            return Traffic<IpStack>.TransferAsync(
                IpStack.Connect(c, platform, Traffic<IpStack>.ClientOptions), IpStack.Connect(d, platform, Traffic<IpStack>.ServerOptions));
        });
        return 0;
    case ["offload"]:
        var (g, h) = DevicePair.Create(loop);
        Run<Offloading<TapNetwork>>(loop, new(g), new(h));
        return 0;
    case ["class-argument"]:
        var (e, f) = DevicePair.Create(loop);
        Run<Labelled<TapNetwork, string>>(loop, new(e, "a"), new(f, "b"));
        return 0;
    default:
        Console.Error.WriteLine("one argument: tap, tun, offload or class-argument");
        return 64;
}

static void Run<TNetwork>(HostLoop loop, TNetwork client, TNetwork server)
    where TNetwork : struct, INetwork
    => loop.Run(() =>
    {
        var platform = new HostPlatform(loop);
        return Traffic<DirectStack<TNetwork, HostPlatform, Cubic>>.TransferAsync(
            DirectStack<TNetwork, HostPlatform, Cubic>.Connect(client, platform, Traffic<DirectStack<TNetwork, HostPlatform, Cubic>>.ClientOptions),
            DirectStack<TNetwork, HostPlatform, Cubic>.Connect(server, platform, Traffic<DirectStack<TNetwork, HostPlatform, Cubic>>.ServerOptions));
    });
