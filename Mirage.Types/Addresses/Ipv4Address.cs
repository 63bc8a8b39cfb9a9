using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace Mirage;

/// <summary>An IPv4 address (RFC 791). The text form is four decimal numbers without leading zeros: <c>10.0.0.2</c>.</summary>
/// <param name="value">The address as a number: <c>10.0.0.2</c> is <c>0x0a000002</c>.</param>
public readonly struct Ipv4Address(uint value)
    : IEquatable<Ipv4Address>, IComparable<Ipv4Address>, ISpanParsable<Ipv4Address>, ISpanFormattable, IUtf8SpanFormattable
{
    /// <summary>The length of an address in bytes.</summary>
    public const int Size = 4;

    /// <summary>An address from its four numbers.</summary>
    public Ipv4Address(byte a, byte b, byte c, byte d)
        : this(((uint)a << 24) | ((uint)b << 16) | ((uint)c << 8) | d)
    {
    }

    /// <summary>An address from its bytes in network order.</summary>
    /// <param name="bytes">At least 4 bytes; the first 4 are taken.</param>
    public Ipv4Address(ReadOnlySpan<byte> bytes)
        : this(BinaryPrimitives.ReadUInt32BigEndian(bytes))
    {
    }

    /// <summary><c>0.0.0.0</c>: no address, or any.</summary>
    public static Ipv4Address Any => default;

    /// <summary><c>127.0.0.1</c>.</summary>
    public static Ipv4Address Loopback => new(0x7f00_0001);

    /// <summary><c>255.255.255.255</c>: everyone on this link (RFC 919 §7).</summary>
    public static Ipv4Address Broadcast => new(0xffff_ffff);

    /// <summary><c>224.0.0.1</c>: the group of all hosts on the link (RFC 1112 §4).</summary>
    public static Ipv4Address AllHosts => new(0xe000_0001);

    /// <summary>The address as a number in host order.</summary>
    public uint Value { get; } = value;

    /// <summary>Whether it is <c>0.0.0.0</c>.</summary>
    public bool IsAny => Value == 0;

    /// <summary>Whether it is <c>255.255.255.255</c>.</summary>
    public bool IsBroadcast => Value == 0xffff_ffff;

    /// <summary>Whether it is in <c>127.0.0.0/8</c> (RFC 1122 §3.2.1.3).</summary>
    public bool IsLoopback => Value >> 24 == 127;

    /// <summary>Whether it is in <c>224.0.0.0/4</c> (RFC 1112 §4).</summary>
    public bool IsMulticast => Value >> 28 == 0xe;

    /// <summary>Whether it is in <c>169.254.0.0/16</c> (RFC 3927).</summary>
    public bool IsLinkLocal => Value >> 16 == 0xa9fe;

    /// <summary>Writes the 4 bytes in network order.</summary>
    /// <param name="destination">At least 4 bytes.</param>
    public void CopyTo(Span<byte> destination) => BinaryPrimitives.WriteUInt32BigEndian(destination, Value);

    /// <summary>The same address as .NET's type.</summary>
    /// <returns>A new object.</returns>
    public IPAddress ToIPAddress()
    {
        Span<byte> bytes = stackalloc byte[Size];
        CopyTo(bytes);
        return new IPAddress(bytes);
    }

    /// <inheritdoc/>
    public bool Equals(Ipv4Address other) => Value == other.Value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Ipv4Address other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode();

    /// <summary>Numeric order.</summary>
    public int CompareTo(Ipv4Address other) => Value.CompareTo(other.Value);

    /// <summary>Whether two addresses are the same.</summary>
    public static bool operator ==(Ipv4Address left, Ipv4Address right) => left.Value == right.Value;

    /// <summary>Whether two addresses differ.</summary>
    public static bool operator !=(Ipv4Address left, Ipv4Address right) => left.Value != right.Value;

    /// <summary>Numeric order.</summary>
    public static bool operator <(Ipv4Address left, Ipv4Address right) => left.Value < right.Value;

    /// <summary>Numeric order.</summary>
    public static bool operator >(Ipv4Address left, Ipv4Address right) => left.Value > right.Value;

    /// <summary>Numeric order.</summary>
    public static bool operator <=(Ipv4Address left, Ipv4Address right) => left.Value <= right.Value;

    /// <summary>Numeric order.</summary>
    public static bool operator >=(Ipv4Address left, Ipv4Address right) => left.Value >= right.Value;

    /// <inheritdoc cref="Parse(ReadOnlySpan{char}, IFormatProvider?)"/>
    public static Ipv4Address Parse(string s, IFormatProvider? provider = null)
    {
        ArgumentNullException.ThrowIfNull(s);
        return Parse(s.AsSpan(), provider);
    }

    /// <summary>Reads the text form. Leading zeros, fewer than four numbers and other bases are refused: programs disagree on what they mean.</summary>
    /// <exception cref="FormatException">It is not an address.</exception>
    public static Ipv4Address Parse(ReadOnlySpan<char> s, IFormatProvider? provider = null)
        => TryParse(s, provider, out var result) ? result : throw new FormatException($"'{s}' is not an IPv4 address such as 10.0.0.2");

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out Ipv4Address result)
        => TryParse(s.AsSpan(), provider, out result);

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out Ipv4Address result)
    {
        result = default;
        uint address = 0;
        var position = 0;
        for (var part = 0; part < Size; part++)
        {
            if (part > 0 && (position >= s.Length || s[position++] != '.'))
            {
                return false;
            }

            var start = position;
            uint number = 0;
            while (position < s.Length && char.IsAsciiDigit(s[position]) && position - start < 3)
            {
                number = (number * 10) + (uint)(s[position++] - '0');
            }

            if (position == start || number > 255 || (position - start > 1 && s[start] == '0'))
            {
                return false;
            }

            address = (address << 8) | number;
        }

        if (position < s.Length)
        {
            return false;
        }

        result = new Ipv4Address(address);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Value >> 24}.{(Value >> 16) & 0xff}.{(Value >> 8) & 0xff}.{Value & 0xff}";

    /// <inheritdoc/>
    public string ToString(string? format, IFormatProvider? formatProvider) => ToString();

    /// <inheritdoc/>
    public bool TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
        => destination.TryWrite(null, $"{Value >> 24}.{(Value >> 16) & 0xff}.{(Value >> 8) & 0xff}.{Value & 0xff}", out charsWritten);

    /// <inheritdoc/>
    public bool TryFormat(Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
        => System.Text.Unicode.Utf8.TryWrite(utf8Destination, null, $"{Value >> 24}.{(Value >> 16) & 0xff}.{(Value >> 8) & 0xff}.{Value & 0xff}", out bytesWritten);
}
