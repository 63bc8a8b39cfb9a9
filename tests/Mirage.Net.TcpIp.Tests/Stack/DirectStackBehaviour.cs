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

/// <summary>The same over devices that complete checksums, cut and join segments.</summary>
public class DirectStackWithOffloadInVirtualTime : StackBehaviour
{
    protected override Task RunAsync(Func<StackPair, Task> story)
    {
        var failures = new Mailbox<Exception>();
        var loop = new SimulatedLoop(seed: 1) { Reported = (_, failure) => failures.Post(failure) };
        var platform = new SimulatedPlatform(loop);
        var network = new VirtualSwitch(loop);
        var (client, server) = (new Offloading<VirtualNetwork>(network.Connect()), new Offloading<VirtualNetwork>(network.Connect()));
        loop.Run(() => DirectStacks.RunAsync(story, client, server, platform, failures, Simulation.ClientAddress, Simulation.ServerAddress));
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

    public static Task RunAsync<TPlatform>(
        Func<StackPair, Task> story, VirtualSwitch network, TPlatform platform, Mailbox<Exception> failures, IpAddress clientAddress, IpAddress serverAddress)
        where TPlatform : struct, IPlatform
        => RunAsync(story, network.Connect(mtu: 1500), network.Connect(mtu: 1500), platform, failures, clientAddress, serverAddress);

    public static async Task RunAsync<TNetwork, TPlatform>(
        Func<StackPair, Task> story, TNetwork clientNetwork, TNetwork serverNetwork, TPlatform platform, Mailbox<Exception> failures, IpAddress clientAddress, IpAddress serverAddress)
        where TNetwork : struct, INetwork
        where TPlatform : struct, IPlatform
    {
        var client = DirectStack<TNetwork, TPlatform, Cubic>.Connect(clientNetwork, platform, Options(clientAddress));
        var server = DirectStack<TNetwork, TPlatform, Cubic>.Connect(serverNetwork, platform, Options(serverAddress));
        await story(new StackPair<DirectStack<TNetwork, TPlatform, Cubic>, TcpFlow>(client, server)
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
