using System.Globalization;
using LossyPeer;
using Mirage;
using Mirage.Net.Tap;
using Mirage.Net.TcpIp;
using Mirage.Net.Virtual;
using Stack = Mirage.Net.TcpIp.DirectStack<Mirage.Net.Virtual.Impaired<Mirage.Net.Tap.TapNetwork, Mirage.HostPlatform>, Mirage.HostPlatform, Mirage.Net.TcpIp.Cubic>;

// A stack on the TAP interface tap0 behind a link that loses frames; run by tests inside a network namespace:
//   LossyPeer LOSS SEED BYTES ADDRESS/LENGTH...
// LOSS is the chance that a frame is lost, in each direction. On port 5001 it takes what comes and says "received N HASH" at the end, with a SHA-256; on port
// 5002 it sends so many random bytes and says "sent N HASH". A line of the standard input asks for counters; its end ends the program.
using var loop = new HostLoop { Spin = TimeSpan.Zero };
var platform = new HostPlatform(loop);
loop.Run(async () =>
{
    var lossy = new LinkOptions { Loss = double.Parse(args[0], CultureInfo.InvariantCulture) };
    var seed = ulong.Parse(args[1], CultureInfo.InvariantCulture);
    var length = int.Parse(args[2], CultureInfo.InvariantCulture);
    var link = new Impaired<TapNetwork, HostPlatform>(TapNetwork.Open(platform, "tap0").ThrowIfFailed(), platform, lossy, lossy, seed);
    var stack = Stack.Connect(link, platform, new() { Addresses = [.. args[3..].Select(address => IpNetwork.Parse(address))] });
    _ = stack.ListenTcp(5001, new Sink()).ThrowIfFailed();
    _ = stack.ListenTcp(5002, new Source(length, (int)seed)).ThrowIfFailed();
    Console.WriteLine("ready");
    await Task.Run(() =>
    {
        while (Console.ReadLine() is not null)
        {
            loop.Post(static state => ((Action)state!)(), (Action)(() => Say(link, stack)));
        }
    });
    await stack.DisconnectAsync();
});

static void Say(Impaired<TapNetwork, HostPlatform> link, Stack stack)
{
    var tcp = stack.Counters.Tcp;
    Console.WriteLine(
        $"counters out {link.OutboundCounters.Frames} lost {link.OutboundCounters.Lost} in {link.InboundCounters.Frames} lost {link.InboundCounters.Lost}"
        + $" retransmissions {tcp.Retransmissions} time-outs {tcp.RetransmissionTimeouts} recoveries {tcp.FastRecoveries} black holes {tcp.BlackHoles} malformed {tcp.Malformed} checksums {tcp.BadChecksum}");
}
