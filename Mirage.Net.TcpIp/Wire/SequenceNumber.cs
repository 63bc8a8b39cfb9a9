using System.Globalization;

namespace Mirage.Net.TcpIp.Wire;

/// <summary>
/// A TCP sequence number with its arithmetic modulo 2^32 (RFC 9293 §3.4). Comparisons are of the signed difference: right while the two
/// are less than 2^31 apart, and no order over more than that, hence no <see cref="IComparable{T}"/>.
/// </summary>
/// <param name="value">The number.</param>
public readonly struct SequenceNumber(uint value) : IEquatable<SequenceNumber>
{
    /// <summary>The number.</summary>
    public uint Value { get; } = value;

    /// <summary>The later of two.</summary>
    public static SequenceNumber Max(SequenceNumber left, SequenceNumber right) => left > right ? left : right;

    /// <summary>The earlier of two.</summary>
    public static SequenceNumber Min(SequenceNumber left, SequenceNumber right) => left < right ? left : right;

    /// <summary>Whether it is one of the numbers of a window.</summary>
    /// <param name="start">The window's first number.</param>
    /// <param name="size">How many numbers; with 0 none is in the window.</param>
    /// <returns>Whether it is.</returns>
    public bool IsInWindow(SequenceNumber start, uint size) => Value - start.Value < size;

    /// <summary>The number that many later, or with a negative count earlier.</summary>
    public static SequenceNumber operator +(SequenceNumber left, int right) => new(left.Value + (uint)right);

    /// <summary>The number that many later.</summary>
    public static SequenceNumber operator +(SequenceNumber left, uint right) => new(left.Value + right);

    /// <summary>The number that many earlier.</summary>
    public static SequenceNumber operator -(SequenceNumber left, int right) => new(left.Value - (uint)right);

    /// <summary>How much later the first is: negative if it is earlier.</summary>
    public static int operator -(SequenceNumber left, SequenceNumber right) => (int)(left.Value - right.Value);

    /// <summary>Whether the first is earlier.</summary>
    public static bool operator <(SequenceNumber left, SequenceNumber right) => left - right < 0;

    /// <summary>Whether the first is later.</summary>
    public static bool operator >(SequenceNumber left, SequenceNumber right) => left - right > 0;

    /// <summary>Whether the first is not later.</summary>
    public static bool operator <=(SequenceNumber left, SequenceNumber right) => left - right <= 0;

    /// <summary>Whether the first is not earlier.</summary>
    public static bool operator >=(SequenceNumber left, SequenceNumber right) => left - right >= 0;

    /// <summary>Whether two are the same.</summary>
    public static bool operator ==(SequenceNumber left, SequenceNumber right) => left.Value == right.Value;

    /// <summary>Whether two differ.</summary>
    public static bool operator !=(SequenceNumber left, SequenceNumber right) => left.Value != right.Value;

    /// <inheritdoc/>
    public bool Equals(SequenceNumber other) => Value == other.Value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is SequenceNumber other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode();

    /// <summary>The number in decimal.</summary>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
