using Mirage;

namespace Hello;

/// <summary>Says one thing on a console.</summary>
/// <typeparam name="TConsole">The console, whichever it is.</typeparam>
/// <param name="console">The console.</param>
/// <param name="greeting">What to say.</param>
public sealed class Hello<TConsole>(TConsole console, string greeting)
    where TConsole : struct, IConsole
{
    public Task StartAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        console.WriteLine(greeting);
        return Task.CompletedTask;
    }
}
