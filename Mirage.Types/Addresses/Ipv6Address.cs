using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace Mirage;

/// <summary>An IPv6 address (RFC 4291), without a zone. The text form is RFC 5952's.</summary>
/// <param name="value">The address as a number in host order.</param>
public readonly struct Ipv6Address(UInt128 value)
    : IEquatable<Ipv6Address>, IComparable<Ipv6Address>, ISpanParsable<Ipv6Address>, ISpanFormattable, IUtf8SpanFormattable
{
    /// <summary>The length of an address in bytes.</summary>
    public const int Size = 16;

    private const int MaxTextLength = 46;

    /// <summary>An address from its bytes in network order.</summary>
    /// <param name="bytes">At least 16 bytes; the first 16 are taken.</param>
    public Ipv6Address(ReadOnlySpan<byte> bytes)
        : this(BinaryPrimitives.ReadUInt128BigEndian(bytes))
    {
    }

    /// <summary><c>::</c>: no address, or any.</summary>
    public static Ipv6Address Any => default;

    /// <summary><c>::1</c>.</summary>
    public static Ipv6Address Loopback => new(1);

    /// <summary>The address as a number in host order.</summary>
    public UInt128 Value { get; } = value;

    /// <summary>Whether it is <c>::</c>.</summary>
    public bool IsAny => Value == 0;

    /// <summary>Whether it is <c>::1</c>.</summary>
    public bool IsLoopback => Value == 1;

    /// <summary>Whether it is in <c>ff00::/8</c> (RFC 4291 §2.7).</summary>
    public bool IsMulticast => (byte)(Value >> 120) == 0xff;

    /// <summary>Whether it is in <c>fe80::/10</c> (RFC 4291 §2.5.6).</summary>
    public bool IsLinkLocal => (uint)(Value >> 118) == 0x3fa;

    /// <summary>Whether it is an IPv4-mapped address, <c>::ffff:a.b.c.d</c> (RFC 4291 §2.5.5.2).</summary>
    public bool IsIpv4Mapped => (Value >> 32) == 0xffff;

    /// <summary>The IPv4-mapped form of an IPv4 address.</summary>
    /// <param name="address">The IPv4 address.</param>
    /// <returns>The address.</returns>
    public static Ipv6Address Map(Ipv4Address address) => new(((UInt128)0xffff << 32) | address.Value);

    /// <summary>Writes the 16 bytes in network order.</summary>
    /// <param name="destination">At least 16 bytes.</param>
    public void CopyTo(Span<byte> destination) => BinaryPrimitives.WriteUInt128BigEndian(destination, Value);

    /// <summary>The same address as .NET's type.</summary>
    /// <returns>A new object.</returns>
    public IPAddress ToIPAddress()
    {
        Span<byte> bytes = stackalloc byte[Size];
        CopyTo(bytes);
        return new IPAddress(bytes);
    }

    /// <inheritdoc/>
    public bool Equals(Ipv6Address other) => Value == other.Value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Ipv6Address other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode();

    /// <summary>Numeric order.</summary>
    public int CompareTo(Ipv6Address other) => Value.CompareTo(other.Value);

    /// <summary>Whether two addresses are the same.</summary>
    public static bool operator ==(Ipv6Address left, Ipv6Address right) => left.Value == right.Value;

    /// <summary>Whether two addresses differ.</summary>
    public static bool operator !=(Ipv6Address left, Ipv6Address right) => left.Value != right.Value;

    /// <summary>Numeric order.</summary>
    public static bool operator <(Ipv6Address left, Ipv6Address right) => left.Value < right.Value;

    /// <summary>Numeric order.</summary>
    public static bool operator >(Ipv6Address left, Ipv6Address right) => left.Value > right.Value;

    /// <summary>Numeric order.</summary>
    public static bool operator <=(Ipv6Address left, Ipv6Address right) => left.Value <= right.Value;

    /// <summary>Numeric order.</summary>
    public static bool operator >=(Ipv6Address left, Ipv6Address right) => left.Value >= right.Value;

    /// <inheritdoc cref="Parse(ReadOnlySpan{char}, IFormatProvider?)"/>
    public static Ipv6Address Parse(string s, IFormatProvider? provider = null)
    {
        ArgumentNullException.ThrowIfNull(s);
        return Parse(s.AsSpan(), provider);
    }

    /// <summary>Reads any of the text forms of RFC 4291 §2.2. A zone (<c>%eth0</c>) and brackets are refused.</summary>
    /// <exception cref="FormatException">It is not an address.</exception>
    public static Ipv6Address Parse(ReadOnlySpan<char> s, IFormatProvider? provider = null)
        => TryParse(s, provider, out var result) ? result : throw new FormatException($"'{s}' is not an IPv6 address such as 2001:db8::1");

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out Ipv6Address result)
        => TryParse(s.AsSpan(), provider, out result);

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out Ipv6Address result)
    {
        result = default;
        if (s.Length is < 2 or > MaxTextLength || s.ContainsAny("%[]/") || !s.Contains(':')
            || !IPAddress.TryParse(s, out var parsed) || parsed.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[Size];
        _ = parsed.TryWriteBytes(bytes, out _);
        result = new Ipv6Address(bytes);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => ToIPAddress().ToString();

    /// <inheritdoc/>
    public string ToString(string? format, IFormatProvider? formatProvider) => ToString();

    /// <inheritdoc/>
    public bool TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
        => ToIPAddress().TryFormat(destination, out charsWritten);

    /// <inheritdoc/>
    public bool TryFormat(Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
        => ToIPAddress().TryFormat(utf8Destination, out bytesWritten);
}
