using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net.NetworkInformation;

namespace Mirage;

/// <summary>An EUI-48 Ethernet address. The text form is six pairs of hexadecimal digits: <c>02:00:5e:10:00:01</c>.</summary>
public readonly struct MacAddress : IEquatable<MacAddress>, ISpanParsable<MacAddress>, ISpanFormattable, IUtf8SpanFormattable
{
    /// <summary>The length of an address in bytes.</summary>
    public const int Size = 6;

    private const int TextLength = 17;
    private readonly ulong _value;

    private MacAddress(ulong value) => _value = value;

    /// <summary>An address from its bytes in network order.</summary>
    /// <param name="bytes">At least 6 bytes; the first 6 are taken.</param>
    public MacAddress(ReadOnlySpan<byte> bytes)
        => _value = ((ulong)BinaryPrimitives.ReadUInt16BigEndian(bytes) << 32) | BinaryPrimitives.ReadUInt32BigEndian(bytes[2..Size]);

    /// <summary><c>ff:ff:ff:ff:ff:ff</c>.</summary>
    public static MacAddress Broadcast => new(0xffff_ffff_ffff);

    /// <summary>Whether the group bit is set: multicast or broadcast (IEEE 802 §8.2).</summary>
    public bool IsMulticast => (_value & 0x0100_0000_0000) != 0;

    /// <summary>Whether this is <see cref="Broadcast"/>.</summary>
    public bool IsBroadcast => _value == 0xffff_ffff_ffff;

    /// <summary>Whether all bits are zero.</summary>
    public bool IsZero => _value == 0;

    /// <summary>A locally administered unicast address that carries a number: <c>02:xx:…</c> (IEEE 802 §8.4).</summary>
    /// <param name="number">The low 40 bits are used.</param>
    /// <returns>The address.</returns>
    public static MacAddress Local(ulong number) => new(0x0200_0000_0000 | (number & 0xff_ffff_ffff));

    /// <summary>The Ethernet group that an IPv4 multicast group maps to (RFC 1112 §6.4).</summary>
    /// <param name="group">The IPv4 group.</param>
    /// <returns>The address.</returns>
    public static MacAddress ForMulticast(Ipv4Address group) => new(0x0100_5e00_0000UL | (group.Value & 0x007f_ffff));

    /// <summary>The Ethernet group that an IPv6 multicast group maps to (RFC 2464 §7).</summary>
    /// <param name="group">The IPv6 group.</param>
    /// <returns>The address.</returns>
    public static MacAddress ForMulticast(Ipv6Address group) => new(0x3333_0000_0000UL | (ulong)(group.Value & 0xffff_ffff));

    /// <summary>Writes the 6 bytes in network order.</summary>
    /// <param name="destination">At least 6 bytes.</param>
    public void CopyTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt16BigEndian(destination, (ushort)(_value >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(destination[2..Size], (uint)_value);
    }

    /// <summary>The same address as .NET's type.</summary>
    /// <returns>A new object.</returns>
    public PhysicalAddress ToPhysicalAddress()
    {
        var bytes = new byte[Size];
        CopyTo(bytes);
        return new PhysicalAddress(bytes);
    }

    /// <inheritdoc/>
    public bool Equals(MacAddress other) => _value == other._value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is MacAddress other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _value.GetHashCode();

    /// <summary>Whether two addresses are the same.</summary>
    public static bool operator ==(MacAddress left, MacAddress right) => left._value == right._value;

    /// <summary>Whether two addresses differ.</summary>
    public static bool operator !=(MacAddress left, MacAddress right) => left._value != right._value;

    /// <inheritdoc cref="Parse(ReadOnlySpan{char}, IFormatProvider?)"/>
    public static MacAddress Parse(string s, IFormatProvider? provider = null)
    {
        ArgumentNullException.ThrowIfNull(s);
        return Parse(s.AsSpan(), provider);
    }

    /// <summary>Reads the text form, with colons or hyphens.</summary>
    /// <exception cref="FormatException">It is not an address.</exception>
    public static MacAddress Parse(ReadOnlySpan<char> s, IFormatProvider? provider = null)
        => TryParse(s, provider, out var result) ? result : throw new FormatException($"'{s}' is not an Ethernet address such as 02:00:5e:10:00:01");

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out MacAddress result)
        => TryParse(s.AsSpan(), provider, out result);

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out MacAddress result)
    {
        result = default;
        if (s.Length != TextLength || s[2] is not (':' or '-'))
        {
            return false;
        }

        ulong value = 0;
        for (var i = 0; i < TextLength; i += 3)
        {
            if ((i > 0 && s[i - 1] != s[2]) || !char.IsAsciiHexDigit(s[i]) || !char.IsAsciiHexDigit(s[i + 1]))
            {
                return false;
            }

            value = (value << 8) | byte.Parse(s.Slice(i, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        }

        result = new MacAddress(value);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        Span<char> text = stackalloc char[TextLength];
        _ = TryFormat(text, out var written, default, null);
        return new string(text[..written]);
    }

    /// <inheritdoc/>
    public string ToString(string? format, IFormatProvider? formatProvider) => ToString();

    /// <inheritdoc/>
    public bool TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
    {
        charsWritten = 0;
        if (destination.Length < TextLength)
        {
            return false;
        }

        for (var i = 0; i < TextLength; i++)
        {
            destination[i] = (char)Character(i);
        }

        charsWritten = TextLength;
        return true;
    }

    /// <inheritdoc/>
    public bool TryFormat(Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
    {
        bytesWritten = 0;
        if (utf8Destination.Length < TextLength)
        {
            return false;
        }

        for (var i = 0; i < TextLength; i++)
        {
            utf8Destination[i] = Character(i);
        }

        bytesWritten = TextLength;
        return true;
    }

    private byte Character(int index)
    {
        var (octet, part) = Math.DivRem(index, 3);
        return part == 2 ? (byte)':' : "0123456789abcdef"u8[(int)(_value >> (44 - (octet * 8) - (part * 4))) & 0xf];
    }
}
