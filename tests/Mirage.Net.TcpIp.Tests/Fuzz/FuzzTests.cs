using System.Globalization;
using Mirage.Fuzzing;

namespace Mirage.Net.TcpIp.Tests.Fuzz;

/// <summary>Frames, time and the program, all from a seed, and what must hold after every step.</summary>
public class FuzzTests
{
    private const int Length = 6000;

    private static readonly int _seeds = int.Parse(Environment.GetEnvironmentVariable("MIRAGE_FUZZ_SEEDS") ?? "300", CultureInfo.InvariantCulture);

    private static readonly int _first = int.Parse(Environment.GetEnvironmentVariable("MIRAGE_FUZZ_FIRST") ?? "1", CultureInfo.InvariantCulture);

    [Fact]
    public void Whatever_arrives_what_must_hold_of_a_stack_holds()
    {
        var read = 0L;
        var reached = new SortedSet<string>();
        for (var seed = _first; seed < _first + _seeds; seed++)
        {
            var bytes = new byte[Length];
            new Random(seed).NextBytes(bytes);
            try
            {
                var outcome = StackFuzzer.Run(bytes, AnyOptions(seed), offloads: seed % 3 == 0);
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

    /// <summary>Bounds of one, of two, and as they are by default; a host or a gateway; settings that change how TCP goes.</summary>
    private static DirectStackOptions AnyOptions(int seed)
    {
        if (seed % 2 == 0)
        {
            return StackFuzzer.Options;
        }

        var random = new Random(~seed);
        var limits = new StackLimits();
        foreach (var property in typeof(StackLimits).GetProperties().Where(_ => random.Next(3) == 0))
        {
            var value = 1 + random.Next(2);
            property.SetValue(limits, property.PropertyType == typeof(long) ? (object)(value * 1000L) : value * Least(property.Name));
        }

        return StackFuzzer.Options with
        {
            Limits = limits,
            AcceptAnyAddress = random.Next(2) == 0,
            AnswerEchoToAny = random.Next(2) == 0,
            Tcp = StackFuzzer.Options.Tcp with
            {
                Ecn = (EcnUse)random.Next(3),
                SynCookies = (SynCookieUse)random.Next(3),
                Timestamps = random.Next(2) == 0,
                BlackHoleTime = TimeSpan.FromSeconds(random.Next(3)),
                SendBuffer = random.Next(4) == 0 ? 1 : 30_000,
                ReceiveBuffer = random.Next(4) == 0 ? 1 : 40_000,
                InitialSequence = random.Next(2) == 0 ? 0xffff_f000 : null,
            },
        };
    }

    private static int Least(string limit) => limit switch
    {
        nameof(StackLimits.MinPathMtu) => 68,
        nameof(StackLimits.ResetsPerSecond) => 10,
        _ => 1,
    };

    private static IEnumerable<string> NotZero(object counters)
        => counters.GetType().GetProperties().SelectMany(property => property.GetValue(counters) switch
        {
            0 or 0L or null => [],
            int or long => [$"{counters.GetType().Name}.{property.Name}"],
            var nested => NotZero(nested),
        });
}
