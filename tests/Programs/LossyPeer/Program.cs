using System.Globalization;
using LossyPeer;
using Mirage;
using Mirage.Net.Tap;
using Mirage.Net.TcpIp;
using Mirage.Net.Virtual;
using Stack = Mirage.Net.TcpIp.DirectStack<Mirage.Net.Virtual.Impaired<Mirage.Net.Tap.TapNetwork, Mirage.HostPlatform>, Mirage.HostPlatform, Mirage.Net.TcpIp.Cubic>;

// A stack on a TAP interface behind a link that loses frames; run by tests inside a network namespace:
//   LossyPeer INTERFACE LOSS SEED BYTES ADDRESS/LENGTH...
// LOSS is the chance that a frame is lost, in each direction; or RATE/BYTES for a link that loses nothing but carries so many bits a second to the stack, and marks
// packets (ECN) while more bytes than these wait. On port 5001 it takes what comes and says "received N HASH" at the end, with a SHA-256; on port
// 5002 it sends so many random bytes and says "sent N HASH"; on port 7 it echoes, datagrams too. A line "counters" or "drops" of the standard input asks for counters; its end ends the program.
using var loop = new HostLoop { Spin = TimeSpan.Zero };
var platform = new HostPlatform(loop);
loop.Run(async () =>
{
    var numbers = args[1].Split('/').Select(number => double.Parse(number, CultureInfo.InvariantCulture)).ToArray();
    var marks = numbers.Length > 1;
    var lossy = marks ? new LinkOptions() : new LinkOptions { Loss = numbers[0] };
    var inbound = marks ? new LinkOptions { Rate = (long)numbers[0], MarkAt = (long)numbers[1] } : lossy;
    var seed = ulong.Parse(args[2], CultureInfo.InvariantCulture);
    var length = int.Parse(args[3], CultureInfo.InvariantCulture);
    var link = new Impaired<TapNetwork, HostPlatform>(TapNetwork.Open(platform, args[0]).ThrowIfFailed(), platform, lossy, inbound, seed);
    var stack = Stack.Connect(link, platform, new() { Addresses = [.. args[4..].Select(address => IpNetwork.Parse(address))] });
    _ = stack.ListenTcp(7, new Echo()).ThrowIfFailed();
    _ = stack.ListenUdp(7, (local, remote, payload) =>
    {
        if (remote.Port != 7)
        {
            _ = stack.SendUdp(local, remote, payload);
        }
    }).ThrowIfFailed();
    _ = stack.ListenTcp(5001, new Sink()).ThrowIfFailed();
    _ = stack.ListenTcp(5002, new Source(length, (int)seed)).ThrowIfFailed();
    Console.WriteLine("ready");
    await Task.Run(() =>
    {
        while (Console.ReadLine() is { } line)
        {
            loop.Post(static state => ((Action)state!)(), (Action)(() => Console.WriteLine(line == "drops" ? $"drops {stack.Counters}" : Transfers(link, stack))));
        }
    });
    await stack.DisconnectAsync();
});

static string Transfers(Impaired<TapNetwork, HostPlatform> link, Stack stack)
{
    var tcp = stack.Counters.Tcp;
    return $"counters out {link.OutboundCounters.Frames} lost {link.OutboundCounters.Lost} in {link.InboundCounters.Frames} lost {link.InboundCounters.Lost + link.InboundCounters.QueueFull} marked {link.InboundCounters.Marked}"
        + $" retransmissions {tcp.Retransmissions} time-outs {tcp.RetransmissionTimeouts} recoveries {tcp.FastRecoveries} black holes {tcp.BlackHoles} malformed {tcp.Malformed} checksums {tcp.BadChecksum}";
}
