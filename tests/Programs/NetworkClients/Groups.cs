using System.Text;
using Mirage;
using Mirage.Net.Socket;

namespace NetworkClients;

/// <summary>Two stacks over the kernel's sockets: one joins a group, and leaves it, to which the other sends.</summary>
internal static class Groups
{
    private const ushort Port = 5000;

    public static async Task RunAsync(HostPlatform platform, IpAddress group)
    {
        var (member, sender) = (SocketStack.Connect(), SocketStack.Connect());
        var queue = new DatagramQueue(10);
        _ = member.ListenUdp(Port, queue).ThrowIfFailed();
        Send("early");
        member.JoinGroup(group).ThrowIfFailed();
        member.JoinGroup(group).ThrowIfFailed();
        Send("hello");
        var received = await queue.ReceiveAsync();
        Console.WriteLine($"received {Encoding.ASCII.GetString(received.Payload)} to {received.Local}");
        member.LeaveGroup(group).ThrowIfFailed();
        Send("still");
        received = await queue.ReceiveAsync();
        Console.WriteLine($"received {Encoding.ASCII.GetString(received.Payload)} to {received.Local}");
        member.LeaveGroup(group).ThrowIfFailed();
        Send("late");
        await platform.SleepAsync(TimeSpan.FromMilliseconds(200));
        Console.WriteLine($"waiting {queue.Count} leave {member.LeaveGroup(group).Error.Kind}");
        await member.DisconnectAsync();
        await sender.DisconnectAsync();

        void Send(string text) => sender.SendUdp(default, new IpEndpoint(group, Port), Encoding.ASCII.GetBytes(text)).ThrowIfFailed();
    }
}
