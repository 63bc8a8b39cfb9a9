using Mirage.Net.Virtual;
using Mirage.Testing;

namespace Mirage.Net.TcpIp.Tests;

/// <summary>The stories of every stack, over two direct stacks on a switch, in virtual time.</summary>
public class DirectStackInVirtualTime : StackBehaviour
{
    protected override Task RunAsync(Func<StackPair, Task> story)
    {
        var failures = new Mailbox<Exception>();
        var loop = new SimulatedLoop(seed: 1) { Reported = (_, failure) => failures.Post(failure) };
        var platform = new SimulatedPlatform(loop);
        loop.Run(() => DirectStacks.RunAsync(story, new VirtualSwitch(loop), platform, failures));
        return Task.CompletedTask;
    }
}

/// <summary>The same over IPv6.</summary>
public class DirectStackOverIpv6 : StackBehaviour
{
    protected override Task RunAsync(Func<StackPair, Task> story)
    {
        var failures = new Mailbox<Exception>();
        var loop = new SimulatedLoop(seed: 1) { Reported = (_, failure) => failures.Post(failure) };
        var platform = new SimulatedPlatform(loop);
        loop.Run(() => DirectStacks.RunAsync(story, new VirtualSwitch(loop), platform, failures, Simulation.ClientAddress6, Simulation.ServerAddress6));
        return Task.CompletedTask;
    }
}

/// <summary>The same on the host's loop, in real time.</summary>
public class DirectStackOnHostLoop : StackBehaviour
{
    protected override Task RunAsync(Func<StackPair, Task> story)
    {
        var failures = new Mailbox<Exception>();
        using var loop = new HostLoop { Reported = (_, failure) => failures.Post(failure) };
        var platform = new HostPlatform(loop);
        loop.Run(() => DirectStacks.RunAsync(story, new VirtualSwitch(loop), platform, failures).WaitAsync(TimeSpan.FromSeconds(60)));
        return Task.CompletedTask;
    }
}

internal static class DirectStacks
{
    public static Task RunAsync<TPlatform>(Func<StackPair, Task> story, VirtualSwitch network, TPlatform platform, Mailbox<Exception> failures)
        where TPlatform : struct, IPlatform
        => RunAsync(story, network, platform, failures, Simulation.ClientAddress, Simulation.ServerAddress);

    public static async Task RunAsync<TPlatform>(
        Func<StackPair, Task> story, VirtualSwitch network, TPlatform platform, Mailbox<Exception> failures, IpAddress clientAddress, IpAddress serverAddress)
        where TPlatform : struct, IPlatform
    {
        var client = DirectStack<VirtualNetwork, TPlatform, Cubic>.Connect(network.Connect(mtu: 1500), platform, Options(clientAddress));
        var server = DirectStack<VirtualNetwork, TPlatform, Cubic>.Connect(network.Connect(mtu: 1500), platform, Options(serverAddress));
        await story(new StackPair<DirectStack<VirtualNetwork, TPlatform, Cubic>, TcpFlow>(client, server)
        {
            ClientAddress = clientAddress,
            ServerAddress = serverAddress,
            ServerFailures = failures,
            Sleep = (time, cancellation) => platform.SleepAsync(time, cancellation).AsTask(),
        });
        await client.DisconnectAsync();
        await server.DisconnectAsync();
    }

    private static DirectStackOptions Options(IpAddress address) => new()
    {
        Addresses = [new IpNetwork(address, address.IsV6 ? 64 : 24)],

        // The stories begin at once.
        Ndp = new NdpSettings { DuplicateAddressDetections = 0 },
    };
}
