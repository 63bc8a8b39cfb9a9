using Mirage.Namespaces;

namespace Mirage.Interoperation.Tests;

/// <summary>An example that runs.</summary>
/// <param name="process">Its process.</param>
/// <param name="line">The line with which it said that it serves.</param>
internal sealed class Example(NamespaceProcess process, string line) : IDisposable
{
    public string Line { get; } = line;

    public bool HasExited => process.HasExited;

    /// <summary>Tells it to stop and waits for its end.</summary>
    /// <returns>Its exit code.</returns>
    public Task<int> StopAsync(int signal)
    {
        process.Signal(signal);
        return process.WaitForExitAsync(Bound.Token());
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>Its exit code.</returns>
    public Task<int> WaitForExitAsync() => process.WaitForExitAsync(Bound.Token());

    public void Dispose() => process.Dispose();
}
