using Mirage;

namespace Website;

/// <summary>A web site: the files of a key-value store over HTTP/1.1 (RFC 9110, RFC 9112).</summary>
/// <typeparam name="TConsole">The console's type.</typeparam>
/// <typeparam name="TStack">The stack's type.</typeparam>
/// <typeparam name="TFiles">The type of the store.</typeparam>
/// <typeparam name="TPlatform">The type of what gives time.</typeparam>
/// <param name="console">Where to say where the site is.</param>
/// <param name="stack">The stack to listen on.</param>
/// <param name="files">What is served.</param>
/// <param name="platform">Time.</param>
/// <param name="port">The port to listen on; 0 takes a free one.</param>
/// <param name="address">The address to listen on; the default value stands for all.</param>
public sealed class Website<TConsole, TStack, TFiles, TPlatform>(
    TConsole console, TStack stack, TFiles files, TPlatform platform, ushort port, IpAddress address = default)
    where TConsole : struct, IConsole
    where TStack : struct, IStack
    where TFiles : struct, IKeyValueReader
    where TPlatform : struct, ITime, IWallClock
{
    private const int MaxConnections = 4096;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>The connections that there are.</summary>
    public Connections Connections { get; } = new(platform.TimeProvider, Patience, MaxConnections);

    /// <summary>Listens, and serves until the stack is disconnected or the program is told to stop.</summary>
    /// <param name="cancellation">Tells it to stop.</param>
    /// <returns>When it has stopped.</returns>
    /// <exception cref="DeviceException">The port cannot be listened on.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        var handler = new HttpHandler<TFiles, TPlatform>(files, platform, Connections);
        var bound = stack.ListenTcp(port, handler, new TcpListenOptions { Address = address, NoDelay = true }).ThrowIfFailed();
        foreach (var host in HostsOf(bound.Address))
        {
            console.WriteLine($"website on http://{new IpEndpoint(host, bound.Port)}/");
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var watching = WatchAsync(stop.Token);
        await stack.RunAsync(cancellation);
        await stop.CancelAsync();
        await watching;
    }

    // "All addresses" cannot be typed into a browser. All of IPv6 may stand for IPv4's as well.
    private IEnumerable<IpAddress> HostsOf(IpAddress bound)
        => bound.IsAny ? stack.Addresses.Select(static network => network.Address).Where(host => !bound.IsV4 || host.IsV4) : [bound];

    private async Task WatchAsync(CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                await platform.SleepAsync(Connections.CheckInterval, cancellation);
                Connections.Check();
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The site has stopped.
        }
    }
}
