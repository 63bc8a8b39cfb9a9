using Mirage.Net.TcpIp;
using Mirage.Testing.Scripts;
using ScriptedStack = Mirage.Net.TcpIp.DirectStack<Mirage.Testing.Scripts.ScriptNetwork, Mirage.Net.Virtual.SimulatedPlatform, Mirage.Net.TcpIp.Cubic>;

namespace Mirage.Scripts;

/// <summary>Makes a direct stack for each script.</summary>
/// <param name="tcp">How its TCP is set up; <see langword="null"/> for a receive buffer that gives the window scale of the script, or Linux's, which is 7.</param>
public sealed class DirectStackHost(TcpSettings? tcp = null) : IScriptHost
{
    private const int StandardScale = 7;

    // Longer than an address of IPv6 waits before it is used (RFC 4862 §5.4).
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(5);

    public async ValueTask<IScriptSockets> StartAsync(ScriptLink link)
    {
        var stack = ScriptedStack.Connect(link.Network, link.Platform, new DirectStackOptions
        {
            Addresses = [link.Local],
            Gateway = link.Gateway.IsV4 ? link.Gateway : default,
            Ipv6Gateway = link.Gateway.IsV6 ? link.Gateway : default,
            UseIpv6 = link.Local.Address.IsV6,
            Tcp = tcp ?? new TcpSettings
            {
                // A program's SO_SNDBUF bounds what is written; without it Linux begins with 256 KiB.
                InitialSendBuffer = 4 << 20,
                ReceiveBuffer = ushort.MaxValue << (link.Setup.WindowScale ?? StandardScale),
                Timestamps = link.Setup.Timestamps ?? true,
                Ecn = link.Setup.Ecn == true ? EcnUse.Always : EcnUse.Accept,
            },

            // A script says what is sent: nothing else is.
            Ndp = new NdpSettings { DuplicateAddressDetections = 0 },
            Autoconfiguration = new AutoconfigurationOptions { FollowsRouters = false },
        });
        if (link.Local.Address.IsV6)
        {
            await link.Platform.SleepAsync(Settling);
        }

        return new DirectSockets(new SocketsContext(stack, link));
    }
}

/// <summary>What all sockets of a script share.</summary>
internal sealed record SocketsContext(ScriptedStack Stack, ScriptLink Link);
