using Mirage;
using Mirage.Net.Socket;
using Services;

var boot = new BootArguments("services", "echo, discard, daytime and character generator over TCP and UDP");
var ports = boot.Add("port-offset", "N", "added to each port (7, 9, 13, 19), so that no privileges are needed", new ServicePorts(0));
var address = boot.Add<IpAddress>("address", "ADDRESS", "the address to listen on", Ipv4Address.Loopback);

return HostMain.Run(boot, args, async (platform, cancellation) =>
{
    var stack = SocketStack.Connect();
    try
    {
        var services = new Services<UnixConsole, SocketStack, HostPlatform>(UnixConsole.Stdout, stack, platform, ports.Value, address.Value);
        await services.StartAsync(cancellation);
    }
    finally
    {
        await stack.DisconnectAsync();
    }
});
