using System.Net.NetworkInformation;
using System.Net;
using Mirage.Testing;

namespace Mirage.Net.Socket.Tests;

/// <summary>The stories of every stack, over the host's sockets and its loopback interface.</summary>
public abstract class SocketStackBehaviour(SocketFamily family, IpAddress address) : StackBehaviour
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static readonly bool HasV6Loopback = NetworkInterface.GetAllNetworkInterfaces()
        .SelectMany(network => network.GetIPProperties().UnicastAddresses)
        .Any(unicast => unicast.Address.Equals(IPAddress.IPv6Loopback));

    protected override async Task RunAsync(Func<StackPair, Task> story)
    {
        Assert.SkipUnless(address.IsV4 || HasV6Loopback, "this host has no address ::1");
        var failures = new Mailbox<Exception>();
        var client = SocketStack.Connect(new() { Family = family, RunOn = SocketRunOn.ThreadPool });
        var server = SocketStack.Connect(new() { Family = family, RunOn = SocketRunOn.ThreadPool, HandlerFailed = (_, failure) => failures.Post(failure) });
        try
        {
            await story(new StackPair<SocketStack, SocketFlow>(client, server)
            {
                ClientAddress = address,
                ServerAddress = address,
                ServerFailures = failures,
                Sleep = Task.Delay,
            }).WaitAsync(Limit);
        }
        finally
        {
            await client.DisconnectAsync().AsTask().WaitAsync(Limit);
            await server.DisconnectAsync().AsTask().WaitAsync(Limit);
        }
    }
}

public sealed class DualStackOverV4() : SocketStackBehaviour(SocketFamily.Dual, Ipv4Address.Loopback);

public sealed class DualStackOverV6() : SocketStackBehaviour(SocketFamily.Dual, Ipv6Address.Loopback);

public sealed class V4Stack() : SocketStackBehaviour(SocketFamily.V4, Ipv4Address.Loopback);

public sealed class V6Stack() : SocketStackBehaviour(SocketFamily.V6, Ipv6Address.Loopback);
