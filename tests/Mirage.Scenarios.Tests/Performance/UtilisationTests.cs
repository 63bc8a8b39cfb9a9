namespace Mirage.Scenarios.Tests;

/// <summary>
/// What one flow gets of a path of 100 Mbit/s and 100 ms with a queue of what the path holds: means over seeds of 120 simulated seconds.
/// </summary>
public class UtilisationTests
{
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(120);

    private static readonly Path Clean = new(100_000_000, TimeSpan.FromMilliseconds(100));

    [Fact]
    public void NewReno_without_loss() => Assert.True(Measure<NewReno>(Clean) > 0.9);

    [Theory]
    [InlineData(0.0001)]
    [InlineData(0.01)]
    public void NewReno_keeps_the_window_that_its_response_function_says(double loss)
    {
        var path = Clean with { Loss = loss };
        var predicted = path.Utilisation(ResponseFunction.Reno(loss));
        Output.Write($"predicted {predicted:0.0000}");
        Assert.True(Measure<NewReno>(path) >= 0.9 * predicted);
    }

    [Fact]
    public void Cubic_without_loss() => Assert.True(Measure<Cubic>(Clean) > 0.95);

    [Fact]
    public void Cubic_with_a_loss_in_a_hundred_thousand() => Assert.True(Measure<Cubic>(Clean with { Loss = 0.000_01 }) > 0.8);

    [Theory]
    [InlineData(0.0001)]
    [InlineData(0.01)]
    public void Cubic_keeps_the_window_that_its_response_function_says(double loss)
    {
        var path = Clean with { Loss = loss };
        var predicted = path.Utilisation(ResponseFunction.Cubic(loss, path.RoundTrip));
        Output.Write($"predicted {predicted:0.0000}");
        Assert.True(Measure<Cubic>(path) >= 0.9 * predicted);
    }

    private static double Measure<TCongestion>(Path path)
        where TCongestion : struct, ICongestionControl
    {
        var each = Seeds.ForEach(seed => path.Utilisation<TCongestion>(seed, Time), Seeds.FewCount);
        Output.Write($"{typeof(TCongestion).Name}, loss {path.Loss:0.#####}: used {each.Average():0.0000}, from {each.Min():0.0000} to {each.Max():0.0000}");
        return each.Average();
    }
}
