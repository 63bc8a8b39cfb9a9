using System.Globalization;

namespace Mirage;

/// <summary>A point on a monotonic clock: nanoseconds since an origin of the clock's own. Points of different clocks do not compare.</summary>
/// <param name="nanoseconds">Nanoseconds since the clock's origin.</param>
public readonly struct Instant(long nanoseconds) : IEquatable<Instant>, IComparable<Instant>
{
    private const long NanosecondsPerTick = 100;
    private const long LargestExactTicks = long.MaxValue / NanosecondsPerTick;

    /// <summary>Before every other point.</summary>
    public static Instant Earliest => new(long.MinValue);

    /// <summary>After every other point: "never", as a deadline.</summary>
    public static Instant Never => new(long.MaxValue);

    /// <summary>Nanoseconds since the clock's origin.</summary>
    public long Nanoseconds { get; } = nanoseconds;

    /// <summary>Whether this is <see cref="Never"/>.</summary>
    public bool IsNever => Nanoseconds == long.MaxValue;

    /// <summary>The later point after a time; <see cref="Never"/> stays, and what would overflow becomes it.</summary>
    public static Instant operator +(Instant left, TimeSpan right)
    {
        if (left.IsNever)
        {
            return Never;
        }

        if (right.Ticks is > -LargestExactTicks and < LargestExactTicks)
        {
            var added = right.Ticks * NanosecondsPerTick;
            var sum = left.Nanoseconds + added;
            if (((left.Nanoseconds ^ sum) & (added ^ sum)) >= 0)
            {
                return new(sum);
            }
        }

        var exact = (Int128)left.Nanoseconds + ((Int128)right.Ticks * NanosecondsPerTick);
        return exact >= long.MaxValue ? Never : new((long)Int128.Max(exact, long.MinValue));
    }

    /// <summary>The time from the second point to the first, negative if that is earlier; rounded towards zero to .NET's 100 ns. Until <see cref="Never"/>
    /// it is <see cref="TimeSpan.MaxValue"/>.</summary>
    public static TimeSpan operator -(Instant left, Instant right)
    {
        if (left.IsNever)
        {
            return TimeSpan.MaxValue;
        }

        var nanoseconds = left.Nanoseconds - right.Nanoseconds;
        var overflowed = ((left.Nanoseconds ^ right.Nanoseconds) & (left.Nanoseconds ^ nanoseconds)) < 0;
        return new(overflowed
            ? (long)(((Int128)left.Nanoseconds - right.Nanoseconds) / NanosecondsPerTick)
            : nanoseconds / NanosecondsPerTick);
    }

    /// <summary>The earlier of two points.</summary>
    public static Instant Min(Instant left, Instant right) => left.Nanoseconds <= right.Nanoseconds ? left : right;

    /// <inheritdoc cref="op_Addition"/>
    public Instant Add(TimeSpan time) => this + time;

    /// <inheritdoc cref="op_Subtraction"/>
    public TimeSpan Subtract(Instant other) => this - other;

    /// <inheritdoc/>
    public bool Equals(Instant other) => Nanoseconds == other.Nanoseconds;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Instant other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Nanoseconds.GetHashCode();

    /// <summary>Order in time.</summary>
    public int CompareTo(Instant other) => Nanoseconds.CompareTo(other.Nanoseconds);

    /// <summary>Whether two points are the same.</summary>
    public static bool operator ==(Instant left, Instant right) => left.Nanoseconds == right.Nanoseconds;

    /// <summary>Whether two points differ.</summary>
    public static bool operator !=(Instant left, Instant right) => left.Nanoseconds != right.Nanoseconds;

    /// <summary>Order in time.</summary>
    public static bool operator <(Instant left, Instant right) => left.Nanoseconds < right.Nanoseconds;

    /// <summary>Order in time.</summary>
    public static bool operator >(Instant left, Instant right) => left.Nanoseconds > right.Nanoseconds;

    /// <summary>Order in time.</summary>
    public static bool operator <=(Instant left, Instant right) => left.Nanoseconds <= right.Nanoseconds;

    /// <summary>Order in time.</summary>
    public static bool operator >=(Instant left, Instant right) => left.Nanoseconds >= right.Nanoseconds;

    /// <summary>Seconds, for a person.</summary>
    public override string ToString() => IsNever ? "never" : (Nanoseconds / 1e9).ToString("0.000000", CultureInfo.InvariantCulture) + " s";
}
