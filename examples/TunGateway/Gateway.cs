using Mirage;

namespace TunGateway;

/// <summary>
/// Lets the hosts behind one stack reach the world through another: what they send to any address leaves as connections and datagrams of the other stack's own. A connection is
/// accepted only when its destination has been reached, and is refused as the destination refuses.
/// </summary>
/// <typeparam name="TConsole">The console's type.</typeparam>
/// <typeparam name="TInside">The type of the stack on the inside.</typeparam>
/// <typeparam name="TOutside">The type of the stack on the outside.</typeparam>
/// <typeparam name="TFlow">The flow of the stack on the outside.</typeparam>
/// <param name="console">Where to say that it serves.</param>
/// <param name="inside">The stack that takes what is sent to any address.</param>
/// <param name="outside">The stack through which it leaves.</param>
/// <param name="settings">Times and bounds.</param>
public sealed class Gateway<TConsole, TInside, TOutside, TFlow>(TConsole console, TInside inside, TOutside outside, GatewaySettings settings)
    where TConsole : struct, IConsole
    where TInside : struct, IForwardingStack
    where TOutside : struct, IStack<TOutside, TFlow>
    where TFlow : struct, IFlow
{
    /// <summary>Forwards until the inside is disconnected or the program is told to stop.</summary>
    /// <param name="cancellation">Tells it to stop.</param>
    /// <returns>When it has stopped.</returns>
    /// <exception cref="DeviceException">The inside does not forward, or its device has failed.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        var accepting = new TcpListenOptions { Backlog = settings.Pending, KeepAlive = GatewaySettings.Asking };
        inside.ForwardTcp(new ConnectionForwarder<TOutside, TFlow>(outside, settings), accepting).ThrowIfFailed();
        inside.ForwardUdp(new DatagramForwarder<TOutside>(outside), new UdpForwardOptions { IdleTimeout = settings.DatagramIdle }).ThrowIfFailed();
        console.WriteLine("ready");
        await inside.RunAsync(cancellation);
    }
}
