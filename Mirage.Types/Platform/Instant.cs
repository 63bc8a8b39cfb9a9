using System.Globalization;

namespace Mirage;

/// <summary>A point on a monotonic clock: nanoseconds since an origin of the clock's own. Points of different clocks do not compare.</summary>
/// <param name="nanoseconds">Nanoseconds since the clock's origin.</param>
public readonly struct Instant(long nanoseconds) : IEquatable<Instant>, IComparable<Instant>
{
    private const long NanosecondsPerTick = 100;

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
        var nanoseconds = (Int128)left.Nanoseconds + ((Int128)right.Ticks * NanosecondsPerTick);
        return left.IsNever || nanoseconds >= long.MaxValue ? Never : new((long)Int128.Max(nanoseconds, long.MinValue));
    }

    /// <summary>The time from one point to another, rounded towards zero to .NET's 100 ns; what would overflow (292 years) is the longest <see cref="TimeSpan"/>.</summary>
    public static TimeSpan operator -(Instant left, Instant right)
    {
        var nanoseconds = unchecked(left.Nanoseconds - right.Nanoseconds);
        var overflowed = ((left.Nanoseconds ^ right.Nanoseconds) & (left.Nanoseconds ^ nanoseconds)) < 0;
        return !overflowed ? new(nanoseconds / NanosecondsPerTick) : left > right ? TimeSpan.MaxValue : TimeSpan.MinValue;
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
