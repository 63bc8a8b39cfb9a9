using Mirage;
using Mirage.Net.Tap;
using Mirage.Net.TcpIp;
using NetworkClients;
using Stack = Mirage.Net.TcpIp.DirectStack<Mirage.Net.Tap.TapNetwork, Mirage.HostPlatform, Mirage.Net.TcpIp.Cubic>;

// Run by tests inside a network namespace, on the TAP interface tap0:
//   dhcp [PREVIOUS]                   gets an address and says each change of it, until the standard input ends
//   internet ADDRESS/LENGTH GATEWAY   datagrams, groups and pings, as lines of the standard input ask: see Internet.cs
//   groups GROUP                      the kernel's sockets in a group, to the end of the story
//   names ADDRESS/LENGTH SERVER       answers lines of the standard input: "TYPE NAME", "services NAME", "connect HOST PORT"
using var loop = new HostLoop { Spin = TimeSpan.Zero };
var platform = new HostPlatform(loop);
loop.Run(async () =>
{
    if (args[0] == "groups")
    {
        await Groups.RunAsync(platform, IpAddress.Parse(args[1], null));
        return;
    }

    var tap = TapNetwork.Open(platform, "tap0").ThrowIfFailed();
    using var lines = new InputLines(loop);
    if (args[0] == "dhcp")
    {
        // One probe is enough on a link of two hosts.
        var arp = new ArpOptions { ProbeWait = TimeSpan.Zero, ProbeCount = 1, AnnounceWait = TimeSpan.FromMilliseconds(500) };
        var stack = Stack.Connect(tap, platform, new() { Arp = arp });
        await Leases.RunAsync(stack, platform, lines, args.Length > 1 ? IpAddress.Parse(args[1], null) : default);
        await stack.DisconnectAsync();
    }
    else if (args[0] == "internet")
    {
        var stack = Stack.Connect(tap, platform, new() { Addresses = [IpNetwork.Parse(args[1])], Gateway = IpAddress.Parse(args[2], null) });
        await Internet.RunAsync(stack, lines);
        await stack.DisconnectAsync();
    }
    else
    {
        var stack = Stack.Connect(tap, platform, new() { Addresses = [IpNetwork.Parse(args[1])] });
        await Names.RunAsync<Stack, TcpFlow>(stack, platform, lines, IpAddress.Parse(args[2], null));
        await stack.DisconnectAsync();
    }
});
