using Mirage.Net.TcpIp;
using Mirage.Testing.Scripts;
using ScriptedStack = Mirage.Net.TcpIp.DirectStack<Mirage.Testing.Scripts.ScriptNetwork, Mirage.Net.Virtual.SimulatedPlatform, Mirage.Net.TcpIp.NewReno>;

namespace Mirage.Scripts;

/// <summary>Makes a direct stack for each script.</summary>
/// <param name="tcp">How its TCP is set up; <see langword="null"/> for a receive buffer that gives the window scale of the script, or Linux's, which is 7.</param>
public sealed class DirectStackHost(TcpSettings? tcp = null) : IScriptHost
{
    private const int StandardScale = 7;

    public ValueTask<IScriptSockets> StartAsync(ScriptLink link)
    {
        var stack = ScriptedStack.Connect(link.Network, link.Platform, new DirectStackOptions
        {
            Addresses = [link.Local],
            Gateway = link.Gateway,
            Tcp = tcp ?? new TcpSettings { ReceiveBuffer = ushort.MaxValue << (link.Setup.WindowScale ?? StandardScale) },
        });
        return new(new DirectSockets(new SocketsContext(stack, link)));
    }
}

/// <summary>What all sockets of a script share.</summary>
internal sealed record SocketsContext(ScriptedStack Stack, ScriptLink Link);
