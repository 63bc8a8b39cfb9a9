using Mirage.Namespaces;

namespace Mirage.Interoperation.Tests;

/// <summary>dnsmasq on the kernel's side of the link, and the clients on the other.</summary>
internal sealed class Dnsmasq : IDisposable
{
    private readonly DirectoryInfo _directory;
    private readonly Network _network;
    private readonly NamespaceProcess _server;

    private Dnsmasq(DirectoryInfo directory, Network network, NamespaceProcess server) => (_directory, _network, _server) = (directory, network, server);

    public Network Network => _network;

    /// <summary>Starts one, or skips the test.</summary>
    /// <param name="leases">The file of leases.</param>
    /// <param name="options">What it serves.</param>
    public static async Task<Dnsmasq> StartAsync(string leases, params string[] options)
    {
        Tools.Require("dnsmasq");
        var network = Network.Create();
        var directory = Directory.CreateTempSubdirectory("mirage-dnsmasq-");
        var file = Path.Join(directory.FullName, "leases");
        await File.WriteAllTextAsync(file, leases, TestContext.Current.CancellationToken);
        string[] all =
        [
            "--keep-in-foreground", "--conf-file=/dev/null", "--log-facility=-", "--log-dhcp", "--user=root", "--pid-file=", $"--dhcp-leasefile={file}", "--no-resolv", "--no-hosts",
            "--interface=tap0", "--bind-interfaces", .. options,
        ];

        // It says what it does on its standard error.
        var server = network.Space.Start("sh", ["-c", "exec dnsmasq \"$@\" 2>&1", "dnsmasq", .. all]);
        _ = await server.WaitForLineAsync(line => line.Contains("started, version", StringComparison.Ordinal), Bound.Token());
        return new Dnsmasq(directory, network, server);
    }

    /// <summary>Starts the clients' program.</summary>
    public NamespaceProcess StartClient(params string[] arguments) => _network.Space.Start(Built.Host, [Built.Program("NetworkClients"), .. arguments]);

    /// <summary>The next line of the server's that has a text.</summary>
    public Task<string> SaysAsync(string text) => _server.WaitForLineAsync(line => line.Contains(text, StringComparison.Ordinal), Bound.Token());

    public void Dispose()
    {
        _server.Dispose();
        _network.Dispose();
        _directory.Delete(recursive: true);
    }
}
