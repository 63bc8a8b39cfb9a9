using Services;
using Shared;
using Mirage;
using Mirage.Net.Tap;
using Stack = Mirage.Net.TcpIp.DirectStack<Mirage.Net.Tap.TapNetwork, Mirage.HostPlatform, Mirage.Net.TcpIp.Cubic>;

var boot = new BootArguments("services", "echo, discard, daytime and character generator over TCP and UDP");
var ports = boot.Add("port-offset", "N", "added to each port (7, 9, 13, 19)", new ServicePorts(0));
var network = new DirectStackArguments(boot);

return HostMain.Run(boot, args, async (platform, cancellation) =>
{
    var options = network.Options;
    var tap = TapNetwork.Open(platform, network.Interface).ThrowIfFailed();
    var stack = Stack.Connect(tap, platform, options);
    try
    {
        await new Services<UnixConsole, Stack, HostPlatform>(UnixConsole.Stdout, stack, platform, ports.Value).StartAsync(cancellation);
    }
    finally
    {
        await stack.DisconnectAsync();
    }
});
