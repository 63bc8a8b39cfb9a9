using System.Globalization;

namespace Mirage.Types.Tests.Platform;

public sealed class InstantTests
{
    private static readonly TimeSpan s_tick = TimeSpan.FromTicks(1);

    [Fact]
    public void Time_is_added_and_taken()
    {
        var start = new Instant(1_000_000_050);
        Assert.Equal(1_500_000_050, (start + TimeSpan.FromMilliseconds(500)).Nanoseconds);
        Assert.Equal(50, (start + TimeSpan.FromSeconds(-1)).Nanoseconds);
        Assert.Equal(start + s_tick, start.Add(s_tick));
        Assert.Equal(TimeSpan.FromMilliseconds(500), start + TimeSpan.FromMilliseconds(500) - start);
        Assert.Equal(TimeSpan.FromSeconds(-1), new Instant(50).Subtract(start));
    }

    [Fact]
    public void A_difference_is_rounded_down_to_100_ns()
    {
        Assert.Equal(0, (new Instant(99) - new Instant(0)).Ticks);
        Assert.Equal(1, (new Instant(199) - new Instant(0)).Ticks);
    }

    [Fact]
    public void Never_stays_never()
    {
        Assert.True((Instant.Never + TimeSpan.MaxValue).IsNever);
        Assert.True((Instant.Never + TimeSpan.MinValue).IsNever);
        Assert.True((Instant.Never + TimeSpan.Zero).IsNever);
        Assert.False(new Instant(long.MaxValue - 1).IsNever);
    }

    [Fact]
    public void What_would_overflow_becomes_never_or_the_earliest()
    {
        Assert.True((new Instant(1) + TimeSpan.MaxValue).IsNever);
        Assert.True((new Instant(long.MaxValue - 50) + s_tick).IsNever);
        Assert.Equal(Instant.Earliest, new Instant(-1) + TimeSpan.MinValue);
    }

    [Fact]
    public void The_time_until_never_is_as_long_as_it_can_be()
    {
        Assert.Equal(TimeSpan.MaxValue, Instant.Never - Instant.Earliest);
        Assert.Equal(TimeSpan.MaxValue, Instant.Never - new Instant(5));
        Assert.Equal(TimeSpan.MaxValue, Instant.Never - new Instant(-5));
    }

    [Fact]
    public void A_difference_that_needs_65_bits_is_right()
    {
        var expected = TimeSpan.FromTicks((long)(((Int128)long.MaxValue - 1 - long.MinValue) / 100));
        Assert.Equal(expected, new Instant(long.MaxValue - 1) - Instant.Earliest);
        Assert.Equal(-expected, Instant.Earliest - new Instant(long.MaxValue - 1));
    }

    [Fact]
    public void Order_is_that_of_time()
    {
        Instant first = new(-3), second = new(7), same = new(7);
        Assert.True(first < second && second > first && first <= second && second >= first && first != second && second == same);
        Assert.False(second < first || first > second || second <= first || first >= second || first == second || second != same);
        Assert.True(second <= same && second >= same && second.Equals((object)same) && second.GetHashCode() == same.GetHashCode());
        Assert.True(first.CompareTo(second) < 0 && second.CompareTo(same) == 0);
        Assert.Equal(first, Instant.Min(first, second));
        Assert.Equal(first, Instant.Min(second, first));
        Assert.True(Instant.Earliest < first && second < Instant.Never);
    }

    [Fact]
    public void Text_is_seconds_in_any_culture()
    {
        var previous = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = new CultureInfo("") { NumberFormat = { NumberDecimalSeparator = "," } };
        try
        {
            Assert.Equal("1.500000 s", new Instant(1_500_000_000).ToString());
        }
        finally
        {
            CultureInfo.CurrentCulture = previous;
        }

        Assert.Equal("never", Instant.Never.ToString());
    }
}
