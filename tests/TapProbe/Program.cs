using Mirage;
using Mirage.Net.Tap;
using TapProbe;

// Run by tests inside a network namespace:
//   open NAME          opens the interface and says what came of it
//   hold NAME          the same, and keeps it open, attached to nothing
//   answer NAME IPV4   answers ARP and pings for the address, and reflects frames of the experimental type
//   peer NAME COUNT    the kernel's side: sends frames through a packet socket, and compares what is reflected
// "hold" and "answer" take commands from the standard input until it ends: counters, send.
if (args is ["peer", var peerName, var count])
{
    return PacketPeer.Run(peerName, int.Parse(count, System.Globalization.CultureInfo.InvariantCulture));
}

using var loop = new HostLoop { Spin = TimeSpan.Zero };
var opened = TapNetwork.Open(new HostPlatform(loop), args[1]);
if (!opened.TryGet(out var tap))
{
    Console.WriteLine($"error {opened.Error.Kind} {opened.Error}");
    return 1;
}

Console.WriteLine($"opened {tap.Name} mtu {tap.Mtu} mac {tap.Mac}");
if (args[0] == "open")
{
    return 0;
}

if (args[0] == "answer")
{
    loop.Attach(new Answerer(tap, Ipv4Address.Parse(args[2])));
}

var ended = new TaskCompletionSource();
new Thread(() =>
{
    while (Console.ReadLine() is { } command)
    {
        loop.Post(_ => Commands.Run(command, loop, tap), null);
    }

    loop.Post(_ => ended.SetResult(), null);
}).Start();
loop.Run(async () =>
{
    await ended.Task;
    await tap.DisconnectAsync();
});
return 0;
