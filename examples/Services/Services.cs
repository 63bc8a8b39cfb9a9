using Mirage;

namespace Services;

/// <summary>
/// The small services of a host, over TCP and UDP: echo (RFC 862), discard (RFC 863), character generator (RFC 864), daytime (RFC 867).
/// </summary>
/// <typeparam name="TConsole">The console's type.</typeparam>
/// <typeparam name="TStack">The stack's type.</typeparam>
/// <typeparam name="TPlatform">The type of what gives the date and random numbers.</typeparam>
/// <param name="console">Where to say what listens.</param>
/// <param name="stack">The stack to listen on.</param>
/// <param name="platform">The date and random numbers.</param>
/// <param name="ports">Where the services are.</param>
/// <param name="address">The address to listen on; the default value stands for all.</param>
public sealed class Services<TConsole, TStack, TPlatform>(
    TConsole console, TStack stack, TPlatform platform, ServicePorts ports, IpAddress address = default)
    where TConsole : struct, IConsole
    where TStack : struct, IStack
    where TPlatform : struct, IWallClock, IRandom
{
    // A client that has vanished sends no end, and its connection would be held for ever.
    private static readonly KeepAlive Asking = new(After: TimeSpan.FromMinutes(2), Interval: TimeSpan.FromSeconds(15), Probes: 4);

    private readonly TcpListenOptions _tcp = new() { Address = address, KeepAlive = Asking };
    private readonly UdpListenOptions _udp = new() { Address = address };

    /// <summary>Listens, and serves until the stack is disconnected or the program is told to stop.</summary>
    /// <param name="cancellation">Tells it to stop.</param>
    /// <returns>When it has stopped.</returns>
    /// <exception cref="DeviceException">A port cannot be listened on.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        Listen("echo", ports.Echo, new EchoHandler(), new EchoDatagramHandler<TStack>(stack, ports));
        Listen("discard", ports.Discard, new DiscardHandler(), new DiscardDatagramHandler());
        Listen(
            "daytime",
            ports.Daytime,
            new DaytimeHandler<TPlatform>(platform),
            new DaytimeDatagramHandler<TStack, TPlatform>(stack, platform, ports));
        Listen("chargen", ports.Chargen, new ChargenHandler(), new ChargenDatagramHandler<TStack, TPlatform>(stack, platform, ports));
        console.WriteLine("ready");
        await stack.RunAsync(cancellation);
    }

    private void Listen<TFlowHandler, TDatagramHandler>(string name, ushort port, TFlowHandler flows, TDatagramHandler datagrams)
        where TFlowHandler : struct, IFlowHandler
        where TDatagramHandler : struct, IDatagramHandler
    {
        var tcp = stack.ListenTcp(port, flows, _tcp).ThrowIfFailed();
        var udp = stack.ListenUdp(port, datagrams, _udp).ThrowIfFailed();
        console.WriteLine($"{name} on TCP {tcp} and UDP {udp}");
    }
}
