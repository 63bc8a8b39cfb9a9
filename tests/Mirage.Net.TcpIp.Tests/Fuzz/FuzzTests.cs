using System.Globalization;
using Mirage.Fuzzing;

namespace Mirage.Net.TcpIp.Tests.Fuzz;

/// <summary>Frames, time and the program, all from a seed, and what must hold after every step.</summary>
public class FuzzTests
{
    private const int Length = 6000;

    private static readonly int _seeds = int.Parse(Environment.GetEnvironmentVariable("MIRAGE_FUZZ_SEEDS") ?? "300", CultureInfo.InvariantCulture);

    [Fact]
    public void Whatever_arrives_what_must_hold_of_a_stack_holds()
    {
        var read = 0L;
        var reached = new SortedSet<string>();
        for (var seed = 1; seed <= _seeds; seed++)
        {
            var bytes = new byte[Length];
            new Random(seed).NextBytes(bytes);
            try
            {
                var outcome = StackFuzzer.Run(bytes);
                read += outcome.BytesRead;
                reached.UnionWith(NotZero(outcome.Counters));
            }
            catch (FuzzException exception)
            {
                throw new InvalidOperationException($"seed {seed}: {exception.Message}", exception);
            }
        }

        Assert.True(read > 100_000, $"the opponent got nowhere: {read} bytes were read");
        TestContext.Current.TestOutputHelper?.WriteLine($"{read} bytes were read; counted: {string.Join(' ', reached)}");
    }

    private static IEnumerable<string> NotZero(object counters)
        => counters.GetType().GetProperties().SelectMany(property => property.GetValue(counters) switch
        {
            0 or 0L or null => [],
            int or long => [$"{counters.GetType().Name}.{property.Name}"],
            var nested => NotZero(nested),
        });
}
