using Shared;
using Website;
using Mirage;
using Mirage.Net.Tap;
using Stack = Mirage.Net.TcpIp.DirectStack<Mirage.Net.Tap.TapNetwork, Mirage.HostPlatform, Mirage.Net.TcpIp.Cubic>;

var boot = new BootArguments("website", "serves the files of a directory over HTTP");
var port = boot.Add<ushort>("port", "PORT", "the port to listen on", 80);
var root = boot.AddText("root", "DIRECTORY", "what to serve; without it, a page that comes with the program");
var network = new DirectStackArguments(boot);

return HostMain.Run(boot, args, async (platform, cancellation) =>
{
    var options = network.Options;
    var files = DirectoryFiles.Open(root.Value ?? Path.Join(AppContext.BaseDirectory, "htdocs")).ThrowIfFailed();
    var tap = TapNetwork.Open(platform, network.Interface).ThrowIfFailed();
    var stack = Stack.Connect(tap, platform, options);
    try
    {
        var website = new Website<UnixConsole, Stack, DirectoryFiles, HostPlatform>(UnixConsole.Stdout, stack, files, platform, port.Value);
        await website.StartAsync(cancellation);
    }
    finally
    {
        await stack.DisconnectAsync();
        await files.DisconnectAsync();
    }
});
