namespace Mirage.Net.Socket.Tests;

/// <summary>A test with stacks of its own, which end with it.</summary>
public abstract class SocketStackTest : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly List<SocketStack> _stacks = [];

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var stack in _stacks)
        {
            await stack.DisconnectAsync().AsTask().WaitAsync(Limit);
        }
    }

    protected SocketStack Make(SocketStackOptions? options = null)
    {
        var stack = SocketStack.Connect((options ?? new()) with { RunOn = SocketRunOn.ThreadPool });
        _stacks.Add(stack);
        return stack;
    }
}
