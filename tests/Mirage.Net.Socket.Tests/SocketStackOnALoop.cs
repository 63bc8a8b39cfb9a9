using Mirage.Testing;

namespace Mirage.Net.Socket.Tests;

/// <summary>The stories of every stack, with both stacks made on one loop: their handlers run there, one after another.</summary>
public sealed class SocketStackOnALoop : StackBehaviour
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    protected override Task RunAsync(Func<StackPair, Task> story)
    {
        // Stories make and check megabytes in one turn.
        using var loop = new HostLoop { LongTurn = Limit };
        var platform = new HostPlatform(loop);
        loop.Run(async () =>
        {
            var failures = new Mailbox<Exception>();
            var client = SocketStack.Connect();
            var server = SocketStack.Connect(new() { HandlerFailed = (_, failure) => failures.Post(failure) });
            try
            {
                await story(new StackPair<SocketStack, SocketFlow>(client, server)
                {
                    ClientAddress = Ipv4Address.Loopback,
                    ServerAddress = Ipv4Address.Loopback,
                    ServerFailures = failures,
                    Sleep = (time, cancellation) => platform.SleepAsync(time, cancellation).AsTask(),
                }).WaitAsync(Limit);
            }
            finally
            {
                await client.DisconnectAsync();
                await server.DisconnectAsync();
            }
        });
        return Task.CompletedTask;
    }
}
