namespace Mirage.Net.Virtual;

/// <summary>
/// Runs a program in virtual time from a seed, and tells the seed if it fails: the same seed fails in the same way. A failure that nobody awaited
/// (a handler that threw, for example) fails the run too.
/// <code>
/// Simulation.Run(seed, async platform =>
/// {
///     var network = new VirtualSwitch(platform.Loop);
///     …
/// });
/// </code>
/// </summary>
public static class Simulation
{
    /// <summary>Runs a program.</summary>
    /// <param name="seed">Where all randomness starts.</param>
    /// <param name="program">The program; it makes its networks and stacks with the platform, and runs on its loop.</param>
    /// <exception cref="SimulationException">The program failed; the message has the seed and the virtual time.</exception>
    public static void Run(ulong seed, Func<SimulatedPlatform, Task> program)
    {
        ArgumentNullException.ThrowIfNull(program);
        _ = Run(seed, async platform =>
        {
            await program(platform).ConfigureAwait(true);
            return true;
        });
    }

    /// <summary>Runs a program that gives a value.</summary>
    /// <typeparam name="T">The value's type.</typeparam>
    /// <param name="seed">Where all randomness starts.</param>
    /// <param name="program">The program; it makes its networks and stacks with the platform, and runs on its loop.</param>
    /// <returns>The value.</returns>
    /// <exception cref="SimulationException">The program failed; the message has the seed and the virtual time.</exception>
    public static T Run<T>(ulong seed, Func<SimulatedPlatform, Task<T>> program)
    {
        ArgumentNullException.ThrowIfNull(program);
        var reports = new Reports();
        var loop = new SimulatedLoop(seed) { Reported = reports.Add };
        T value;
        try
        {
            value = loop.Run(() => program(new SimulatedPlatform(loop)));
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            throw new SimulationException(seed, loop.Now, reports.First is { } first ? new AggregateException(exception, first) : exception);
        }

        return reports.First is { } reported ? throw new SimulationException(seed, loop.Now, reported) : value;
    }

    private sealed class Reports
    {
        private Exception? _first;

        public Exception? First => _first;

        public void Add(string source, Exception exception)
            => _ = Interlocked.CompareExchange(ref _first, new InvalidOperationException($"{source}: {exception.Message}", exception), null);
    }
}
