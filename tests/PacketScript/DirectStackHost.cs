using Mirage.Net.TcpIp;
using Mirage.Net.Virtual;
using Mirage.Testing.Scripts;
using ScriptedStack = Mirage.Net.TcpIp.DirectStack<Mirage.Net.Virtual.VirtualNetwork, Mirage.Net.Virtual.SimulatedPlatform, Mirage.Net.TcpIp.NewReno>;

namespace Mirage.Scripts;

/// <summary>Makes a direct stack for each script.</summary>
/// <param name="tcp">How its TCP is set up; <see langword="null"/> for buffers as on Linux, which scripts see as the window scale 7.</param>
public sealed class DirectStackHost(TcpSettings? tcp = null) : IScriptHost
{
    public ValueTask<IScriptSockets> StartAsync(ScriptLink link)
    {
        var stack = ScriptedStack.Connect(link.Network, link.Platform, new DirectStackOptions
        {
            Addresses = [link.Local],
            Gateway = link.Gateway,
            Tcp = tcp ?? new TcpSettings { ReceiveBuffer = 6 << 20 },
        });
        return new(new DirectSockets(new SocketsContext(stack, link)));
    }
}

/// <summary>What all sockets of a script share.</summary>
internal sealed record SocketsContext(ScriptedStack Stack, ScriptLink Link);
