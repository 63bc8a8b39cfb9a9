using System.Security.Cryptography;
using Mirage.Namespaces;

namespace Mirage.Interoperation.Tests.TunGateway;

/// <summary>
/// Two network namespaces. Inside, everything is routed into a TUN interface, the other end of which the gateway has, outside. Servers are outside, on addresses that
/// the inside knows nothing of.
/// </summary>
public sealed class GatewayNetwork : IAsyncLifetime
{
    /// <summary>Where the servers are.</summary>
    public static readonly string[] Servers = ["192.0.2.7", "2001:db8:7::7"];

    /// <summary>Where, the outside says, nobody can go.</summary>
    public static readonly string[] Unreachable = ["198.51.100.1", "2001:db8:dead::1"];

    public const int FileSize = 100_000_000;

    private const ushort WebsitePort = 8080;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("mirage-gateway-");
    private readonly string[] _gatewayArguments = ["--interface", "tun0", "--udp-timeout", "60"];
    private NetworkNamespace? _outside;
    private NetworkNamespace? _inside;
    private string _reason = "";

    /// <summary>The gateway's process.</summary>
    internal Example Gateway { get; private set; } = null!;

    /// <summary>The digest of the file that the web sites have.</summary>
    internal string FileHash { get; private set; } = "";

    internal NetworkNamespace Inside
    {
        get
        {
            Assert.SkipWhen(_inside is null, _reason);
            Assert.False(Gateway.HasExited);
            return _inside;
        }
    }

    internal NetworkNamespace Outside => _outside!;

    public async ValueTask InitializeAsync()
    {
        if (!TryCreate())
        {
            return;
        }

        var file = new byte[FileSize];
        new Random(11).NextBytes(file);
        FileHash = Convert.ToHexStringLower(SHA256.HashData(file));
        await File.WriteAllBytesAsync(Path.Join(_directory.FullName, "file"), file);
        foreach (var server in Servers)
        {
            _ = await StartAsync("Services unix", "--address", server);
            _ = await StartAsync("Website unix", "--address", server, "--port", $"{WebsitePort}", "--root", _directory.FullName);
        }

        await StartGatewayAsync();
    }

    public ValueTask DisposeAsync()
    {
        _inside?.Dispose();
        _outside?.Dispose();
        _directory.Delete(recursive: true);
        return default;
    }

    internal static string Url(string address, string path) => address.Contains(':', StringComparison.Ordinal) ? $"http://[{address}]:{WebsitePort}/{path}" : $"http://{address}:{WebsitePort}/{path}";

    internal static string Endpoint(string address, int port) => address.Contains(':', StringComparison.Ordinal) ? $"[{address}]:{port}" : $"{address}:{port}";

    /// <summary>Starts a gateway, outside, and gives the other end of its interface to the inside.</summary>
    internal async Task StartGatewayAsync()
    {
        if (_inside!.Run("ip", "link", "show", "tun0").ExitCode == 0)
        {
            _inside.Move("tun0", Outside);
        }

        Gateway = await StartAsync("TunGateway", _gatewayArguments);
        MoveInside();
    }

    /// <summary>Runs the client inside, which is to end well.</summary>
    internal async Task<string> ClientAsync(string action, string address, int port, params object[] arguments)
    {
        var outcome = await Inside.RunAsync(Built.Host, ClientCommand(action, address, port, arguments), Bound.Token());
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        var said = outcome.Output.Trim();
        TestContext.Current.TestOutputHelper?.WriteLine(said);
        return said;
    }

    internal NamespaceProcess StartClient(string action, string address, int port) => Inside.Start(Built.Host, ClientCommand(action, address, port));

    private static string[] ClientCommand(string action, string address, int port, params object[] arguments)
        => [Built.Program("ServicesClient"), action, Endpoint(address, port), .. arguments.Select(argument => $"{argument}")];

    private bool TryCreate()
    {
        if (!File.Exists("/dev/net/tun"))
        {
            _reason = "there is no /dev/net/tun";
            return false;
        }

        _outside = NetworkNamespace.TryCreate(out _reason);
        if (_outside is null)
        {
            return false;
        }

        if (!_outside.IsPrivileged)
        {
            _reason = "moving an interface from one namespace into another needs root";
            return false;
        }

        _inside = NetworkNamespace.TryCreate(out _reason);
        if (_inside is null)
        {
            return false;
        }

        foreach (var server in Servers)
        {
            _ = _outside.RunChecked("ip", "addr", "add", server, "dev", "lo");
        }

        foreach (var address in Unreachable)
        {
            _ = _outside.RunChecked("ip", "route", "add", "unreachable", address);
        }

        _outside.AddTun("tun0", 1500);
        return true;
    }

    private async Task<Example> StartAsync(string program, params string[] arguments)
    {
        var process = Outside.Start(Built.Host, [Built.Program(program), .. arguments]);
        var line = await process.WaitForLineAsync(line => line == "ready" || line.StartsWith("website on ", StringComparison.Ordinal), Bound.Token());
        return new Example(process, line);
    }

    /// <summary>The gateway stays attached to its end of the interface.</summary>
    private void MoveInside()
    {
        Outside.Move("tun0", _inside!);
        _ = _inside!.RunChecked("ip", "link", "set", "tun0", "addrgenmode", "none");
        _ = _inside.RunChecked("ip", "addr", "add", "10.9.0.2/32", "dev", "tun0");
        _ = _inside.RunChecked("ip", "addr", "add", "fd09::2/128", "dev", "tun0", "nodad");
        _ = _inside.RunChecked("ip", "link", "set", "tun0", "up");
        _ = _inside.RunChecked("ip", "route", "add", "default", "dev", "tun0");
        _ = _inside.RunChecked("ip", "-6", "route", "add", "default", "dev", "tun0");
    }
}
