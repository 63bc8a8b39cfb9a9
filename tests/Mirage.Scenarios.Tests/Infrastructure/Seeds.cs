using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Mirage.Scenarios.Tests;

/// <summary>
/// Runs a scenario once for each seed, on all processors. <c>MIRAGE_SEEDS</c> says how many, 20 if it is not set; <c>MIRAGE_SEED</c> runs one
/// seed only, which is how a failure is looked at: <c>MIRAGE_CAPTURE</c> names a file that gets what the switch saw.
/// </summary>
internal static class Seeds
{
    private const int Default = 20;
    private const int FailuresShown = 5;

    private static PcapngWriter? _capture;

    public static int Count { get; } = Number("MIRAGE_SEEDS") ?? Default;

    /// <summary>How many for scenarios that take seconds each: a quarter, 5 to 30.</summary>
    public static int FewCount { get; } = Math.Clamp(Count / 4, 5, 30);

    private static int? Only { get; } = Number("MIRAGE_SEED");

    /// <summary>Runs the scenario with seeds 1 and up; a failure names its seed.</summary>
    /// <param name="run">The scenario.</param>
    /// <param name="count">How many seeds, if not <see cref="Count"/>.</param>
    /// <returns>What each seed gave.</returns>
    public static IReadOnlyList<T> ForEach<T>(Func<ulong, T> run, int? count = null)
    {
        ulong[] seeds = Only is { } only ? [(ulong)only] : [.. Enumerable.Range(1, count ?? Count).Select(i => (ulong)i)];
        var results = new T[seeds.Length];
        var failures = new ConcurrentDictionary<ulong, Exception>();
        var start = Stopwatch.GetTimestamp();
        _ = Parallel.For(0, seeds.Length, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, (i, state) =>
        {
            try
            {
                results[i] = run(seeds[i]);
            }
            catch (Exception exception)
            {
                failures[seeds[i]] = exception;
                if (failures.Count >= FailuresShown)
                {
                    state.Break();
                }
            }
        });
        _capture?.Flush();
        if (!failures.IsEmpty)
        {
            var first = failures.OrderBy(failure => failure.Key).ToArray();
            Assert.Fail($"{string.Join(Environment.NewLine, first.Select(failure => Describe(failure.Value)))}{Environment.NewLine}{first[0].Value}");
        }

        var took = Stopwatch.GetElapsedTime(start);
        Output.Write($"{seeds.Length} seeds in {took.TotalSeconds:0.0} s, {seeds.Length / took.TotalSeconds:0} each second");
        return results;
    }

    /// <inheritdoc cref="ForEach{T}"/>
    public static void ForEach(Action<ulong> run, int? count = null)
        => _ = ForEach(
            seed =>
            {
                run(seed);
                return true;
            },
            count);

    /// <summary>Captures to the file that was asked for, of the one seed that was asked for.</summary>
    public static void Capture(VirtualSwitch network)
    {
        if (Only is not null && Environment.GetEnvironmentVariable("MIRAGE_CAPTURE") is { Length: > 0 } path)
        {
            _capture?.Flush();
            _capture = new PcapngWriter(new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite));
            network.CaptureTo(_capture);
        }
    }

    private static string Describe(Exception exception) => exception is SimulationException ? exception.Message : exception.ToString();

    private static int? Number(string name)
        => int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0 ? count : null;
}
