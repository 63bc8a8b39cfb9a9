using Mirage.Testing;
using Mirage.Net.Virtual;
using SimulatedIpStack = Mirage.Net.TcpIp.DirectIpStack<Mirage.Net.Virtual.VirtualPacketDevice, Mirage.Net.Virtual.SimulatedPlatform, Mirage.Net.TcpIp.Cubic>;

namespace Mirage.Net.TcpIp.Tests;

/// <summary>The stories of every stack, over two stacks on packet devices, without Ethernet, in virtual time.</summary>
public class DirectIpStackInVirtualTime : StackBehaviour
{
    protected override Task RunAsync(Func<StackPair, Task> story) => DirectIpStacks.RunAsync(story, Simulation.ClientAddress, Simulation.ServerAddress);
}

/// <summary>The same over IPv6.</summary>
public class DirectIpStackOverIpv6 : StackBehaviour
{
    protected override Task RunAsync(Func<StackPair, Task> story) => DirectIpStacks.RunAsync(story, Simulation.ClientAddress6, Simulation.ServerAddress6);
}

internal static class DirectIpStacks
{
    public static Task RunAsync(Func<StackPair, Task> story, IpAddress clientAddress, IpAddress serverAddress)
    {
        var failures = new Mailbox<Exception>();
        var loop = new SimulatedLoop(seed: 1) { Reported = (_, failure) => failures.Post(failure) };
        var platform = new SimulatedPlatform(loop);
        var link = new VirtualPacketLink(loop);
        loop.Run(async () =>
        {
            var client = SimulatedIpStack.Connect(link.A, platform, Options(clientAddress));
            var server = SimulatedIpStack.Connect(link.B, platform, Options(serverAddress));
            await story(new StackPair<SimulatedIpStack, TcpFlow>(client, server)
            {
                ClientAddress = clientAddress,
                ServerAddress = serverAddress,
                ServerFailures = failures,
                Sleep = (time, cancellation) => platform.SleepAsync(time, cancellation).AsTask(),
            });
            await client.DisconnectAsync();
            await server.DisconnectAsync();
        });
        return Task.CompletedTask;
    }

    private static DirectStackOptions Options(IpAddress address) => new() { Addresses = [new IpNetwork(address, address.IsV6 ? 128 : 32)] };
}
