using Mirage;
using Mirage.Net.Socket;
using Website;

var boot = new BootArguments("website", "serves the files of a directory over HTTP");
var port = boot.Add<ushort>("port", "PORT", "the port to listen on; 0 takes a free one", 8080);
var address = boot.Add<IpAddress>("address", "ADDRESS", "the address to listen on", Ipv4Address.Loopback);
var root = boot.AddText("root", "DIRECTORY", "what to serve; without it, a page that comes with the program");

return HostMain.Run(boot, args, async (platform, cancellation) =>
{
    var files = DirectoryFiles.Open(root.Value ?? Path.Join(AppContext.BaseDirectory, "htdocs")).ThrowIfFailed();
    var stack = SocketStack.Connect();
    try
    {
        var website = new Website<UnixConsole, SocketStack, DirectoryFiles, HostPlatform>(
            UnixConsole.Stdout, stack, files, platform, port.Value, address.Value);
        await website.StartAsync(cancellation);
    }
    finally
    {
        await stack.DisconnectAsync();
        await files.DisconnectAsync();
    }
});
