using Mirage;
using TapProbe;

// Run by tests inside a network namespace:
//   open NAME          opens the interface and says what came of it
//   hold NAME          the same, and keeps it open, attached to nothing
//   answer NAME IPV4   answers ARP and pings for the address, and reflects frames of the experimental type
//   tun-open, tun-hold, tun-answer    the same with a TUN interface; every address is answered for
//   peer NAME COUNT    the kernel's side: sends frames through a packet socket, and compares what is reflected
// "hold" and "answer" take commands from the standard input until it ends: counters, send.
if (args is ["peer", var peerName, var count])
{
    return PacketPeer.Run(peerName, int.Parse(count, System.Globalization.CultureInfo.InvariantCulture));
}

using var loop = new HostLoop { Spin = TimeSpan.Zero };
var isTun = args[0].StartsWith("tun-", StringComparison.Ordinal);
var verb = isTun ? args[0]["tun-".Length..] : args[0];
var opened = isTun ? Opened.Tun(loop, args[1]) : Opened.Tap(loop, args[1]);
if (!opened.TryGet(out var device))
{
    Console.WriteLine($"error {opened.Error.Kind} {opened.Error}");
    return 1;
}

Console.WriteLine(device.Description);
if (verb == "open")
{
    return 0;
}

if (verb == "answer")
{
    device.Answer(IpAddress.Parse(args[2]));
}

var ended = new TaskCompletionSource();
new Thread(() =>
{
    while (Console.ReadLine() is { } command)
    {
        loop.Post(_ => Commands.Run(command, loop, device), null);
    }

    loop.Post(_ => ended.SetResult(), null);
}).Start();
loop.Run(async () =>
{
    await ended.Task;
    await device.DisconnectAsync();
});
return 0;
