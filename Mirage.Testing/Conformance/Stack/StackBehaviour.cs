namespace Mirage.Testing;

/// <summary>
/// What every stack does alike, as stories: what its flows promise (<see cref="FlowBehaviour"/>), listening, connecting, datagrams, its end. A test project derives a class for each stack and
/// says how a story is run: over which pair of stacks, made anew for each story and disconnected after it, and on which thread (on a loop in virtual time:
/// <c>loop.Run(() => story(pair))</c>, then a completed task).
/// </summary>
public abstract partial class StackBehaviour : FlowBehaviour
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(200);

    /// <summary>Runs a story.</summary>
    /// <param name="story">What happens.</param>
    /// <returns>When it has ended and the stacks are disconnected; the fixture bounds the time.</returns>
    protected abstract Task RunAsync(Func<StackPair, Task> story);

    /// <inheritdoc/>
    protected sealed override Task ConnectedAsync(Func<FlowPair, Task> story) => ConnectedPairAsync(story);

    /// <summary>Runs a story about one connection, both ends of which it holds.</summary>
    private Task ConnectedPairAsync(Func<Connected, Task> story) => RunAsync(async pair =>
    {
        var arrived = new Mailbox<IFlow>();
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var listening = pair.Server.ListenTcp(0, new DelegateHandler(async flow =>
        {
            arrived.Post(flow);
            await release.Task;
        })).ThrowIfFailed();
        var client = (await pair.ConnectAsync(new(pair.ServerAddress, listening.Port))).ThrowIfFailed();
        var server = await arrived.NextAsync();
        try
        {
            await story(new Connected(pair, client, server));
        }
        finally
        {
            await client.AbortAsync();
            release.SetResult();
        }
    });

    private sealed record Connected(StackPair Pair, IFlow Client, IFlow Server) : FlowPair(Client, Server, Pair.Sleep);
}
