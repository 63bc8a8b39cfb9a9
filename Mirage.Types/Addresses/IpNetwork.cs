using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace Mirage;

/// <summary>
/// An address with the length of its network's prefix, as an interface has it: <c>10.0.0.2/24</c> (RFC 4632). The bits after the prefix are
/// kept; <see cref="Prefix"/> has them cleared.
/// </summary>
public readonly struct IpNetwork : IEquatable<IpNetwork>, ISpanParsable<IpNetwork>, ISpanFormattable, IUtf8SpanFormattable
{
    /// <summary>An address and a prefix length.</summary>
    /// <param name="address">The address, of either family.</param>
    /// <param name="prefixLength">0 to 32 for IPv4, 0 to 128 for IPv6.</param>
    public IpNetwork(IpAddress address, int prefixLength)
    {
        ArgumentOutOfRangeException.ThrowIfEqual((byte)address.Family, (byte)IpFamily.None, nameof(address));
        ArgumentOutOfRangeException.ThrowIfNegative(prefixLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(prefixLength, address.IsV4 ? 32 : 128);
        Address = address;
        PrefixLength = (byte)prefixLength;
    }

    /// <summary>The address.</summary>
    public IpAddress Address { get; }

    /// <summary>How many leading bits name the network.</summary>
    public byte PrefixLength { get; }

    /// <summary>The first address of the network; <see cref="IpAddress.None"/> for the default value.</summary>
    public IpAddress Prefix => Address.IsV4
        ? new Ipv4Address(Address.V4.Value & Mask4)
        : Address.IsV6 ? new Ipv6Address(Address.V6.Value & Mask6) : IpAddress.None;

    /// <summary>The directed broadcast address (RFC 919 §7) of an IPv4 network with a prefix of at most 30 bits; else <see cref="IpAddress.None"/>.</summary>
    public IpAddress Broadcast => Address.IsV4 && PrefixLength <= 30 ? new Ipv4Address(Address.V4.Value | ~Mask4) : default(IpAddress);

    private uint Mask4 => PrefixLength == 0 ? 0 : uint.MaxValue << (32 - PrefixLength);

    private UInt128 Mask6 => PrefixLength == 0 ? 0 : UInt128.MaxValue << (128 - PrefixLength);

    /// <summary>Whether an address is in the network. The default value is no network and holds none.</summary>
    /// <param name="address">An address; one of the other family is not.</param>
    /// <returns>Whether it is.</returns>
    public bool Contains(IpAddress address)
        => address.Family == Address.Family
            && (address.IsV4
                ? ((address.V4.Value ^ Address.V4.Value) & Mask4) == 0
                : address.IsV6 && ((address.V6.Value ^ Address.V6.Value) & Mask6) == 0);

    /// <summary>The network as .NET's type, which keeps the prefix only.</summary>
    /// <returns>The network.</returns>
    public IPNetwork ToIPNetwork() => new(Prefix.ToIPAddress(), PrefixLength);

    /// <inheritdoc/>
    public bool Equals(IpNetwork other) => PrefixLength == other.PrefixLength && Address == other.Address;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is IpNetwork other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Address, PrefixLength);

    /// <summary>Whether two are the same address and prefix length.</summary>
    public static bool operator ==(IpNetwork left, IpNetwork right) => left.Equals(right);

    /// <summary>Whether two differ.</summary>
    public static bool operator !=(IpNetwork left, IpNetwork right) => !left.Equals(right);

    /// <inheritdoc cref="Parse(ReadOnlySpan{char}, IFormatProvider?)"/>
    public static IpNetwork Parse(string s, IFormatProvider? provider = null)
    {
        ArgumentNullException.ThrowIfNull(s);
        return Parse(s.AsSpan(), provider);
    }

    /// <summary>Reads the text form.</summary>
    /// <exception cref="FormatException">It is not an address with a prefix length.</exception>
    public static IpNetwork Parse(ReadOnlySpan<char> s, IFormatProvider? provider = null)
        => TryParse(s, provider, out var result) ? result : throw new FormatException($"'{s}' is not an address with a prefix length such as 10.0.0.2/24");

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out IpNetwork result)
        => TryParse(s.AsSpan(), provider, out result);

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out IpNetwork result)
    {
        result = default;
        var slash = s.IndexOf('/');
        if (slash < 0
            || !IpAddress.TryParse(s[..slash], provider, out var address)
            || !DecimalDigits.TryParse(s[(slash + 1)..], address.IsV4 ? 32 : 128, out var length))
        {
            return false;
        }

        result = new IpNetwork(address, length);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Address}/{PrefixLength}";

    /// <inheritdoc/>
    public string ToString(string? format, IFormatProvider? formatProvider) => ToString();

    /// <inheritdoc/>
    public bool TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
        => destination.TryWrite($"{Address}/{PrefixLength}", out charsWritten);

    /// <inheritdoc/>
    public bool TryFormat(Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
        => System.Text.Unicode.Utf8.TryWrite(utf8Destination, $"{Address}/{PrefixLength}", out bytesWritten);
}
