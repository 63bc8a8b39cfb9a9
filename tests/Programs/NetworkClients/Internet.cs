using System.Globalization;
using System.Text;
using Mirage;
using Mirage.Net.TcpIp;
using Stack = Mirage.Net.TcpIp.DirectStack<Mirage.Net.Tap.TapNetwork, Mirage.HostPlatform, Mirage.Net.TcpIp.Cubic>;

namespace NetworkClients;

/// <summary>Datagrams, groups, pings and what routers say of them, as lines of the standard input ask.</summary>
internal static class Internet
{
    private const ushort EchoPort = 7;

    public static async Task RunAsync(Stack stack, InputLines lines)
    {
        _ = stack.ListenUdp(EchoPort, (local, remote, payload) => _ = stack.SendUdp(local, remote, payload)).ThrowIfFailed();
        var sender = stack.ListenUdp(
            0, (local, remote, payload) => Console.WriteLine($"received {Encoding.ASCII.GetString(payload)} from {remote}"),
            new UdpListenOptions { OnError = (_, remote, error) => Console.WriteLine($"error {error.Kind} for {remote}: {error}") }).ThrowIfFailed();
        Console.WriteLine("ready");
        while (await lines.NextAsync() is { } line)
        {
            var words = line.Split(' ');
            var address = words.Length > 1 ? IpAddress.Parse(words[1], null) : default;
            Console.WriteLine(words[0] switch
            {
                "join" => $"joined {stack.JoinGroup(address).IsDone}",
                "leave" => $"left {stack.LeaveGroup(address).IsDone}",
                "ping" => await PingAsync(stack, address, Number(words[2])),
                "send" => Send(stack, sender, address, words),
                "payload" => $"payload {stack.MaxPayload(address)}",
                _ => Counters(stack),
            });
        }
    }

    private static async Task<string> PingAsync(Stack stack, IpAddress address, int size)
    {
        var data = new byte[size];
        new Random(size).NextBytes(data);
        var answer = await stack.Icmp.PingAsync(address, data, TimeSpan.FromSeconds(10));
        return answer.IsDone ? "answered" : $"unanswered {answer.Error.Kind}: {answer.Error}";
    }

    // send ADDRESS PORT LENGTH TTL [df]
    private static string Send(Stack stack, IpEndpoint sender, IpAddress address, string[] words)
    {
        var options = new UdpSendOptions { TimeToLive = (byte)Number(words[4]), DontFragment = words.Length > 5 };
        var sent = stack.SendUdp(sender, new IpEndpoint(address, (ushort)Number(words[2])), Encoding.ASCII.GetBytes(new string('x', Number(words[3]))), options);
        return sent.IsDone ? "sent" : $"unsent {sent.Error.Kind}";
    }

    private static string Counters(Stack stack)
    {
        var fragments = stack.Counters.Ipv4.Fragments;
        return $"counters reassembled {fragments.Reassembled} fragmented {fragments.Fragmented} failed {fragments.SendFailed} queries {stack.Counters.Ipv4.Igmp.Queries}";
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
