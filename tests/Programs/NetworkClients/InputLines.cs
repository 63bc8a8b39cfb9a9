using Mirage;

namespace NetworkClients;

/// <summary>The lines of the standard input, on a loop.</summary>
internal sealed class InputLines : IDisposable
{
    private readonly Queue<string?> _lines = new();
    private readonly SemaphoreSlim _arrived = new(0);

    public InputLines(HostLoop loop)
        => new Thread(() =>
        {
            string? line;
            do
            {
                line = Console.ReadLine();
                loop.Post(static state => ((Action)state!)(), Add(line));
            }
            while (line is not null);
        }) { IsBackground = true }.Start();

    /// <summary>The next line, or <see langword="null"/> at the end.</summary>
    public async Task<string?> NextAsync()
    {
        await _arrived.WaitAsync();
        return _lines.Dequeue();
    }

    public void Dispose() => _arrived.Dispose();

    private Action Add(string? line) => () =>
    {
        _lines.Enqueue(line);
        _ = _arrived.Release();
    };
}
