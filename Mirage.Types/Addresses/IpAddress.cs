using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace Mirage;

/// <summary>Which version of IP an address belongs to.</summary>
public enum IpFamily : byte
{
    /// <summary>None: the address is unspecified.</summary>
    None = 0,

    /// <summary>IPv4.</summary>
    V4 = 4,

    /// <summary>IPv6.</summary>
    V6 = 6,
}

/// <summary>An IPv4 or IPv6 address. The default value belongs to neither and stands for "any" or "none".</summary>
public readonly struct IpAddress : IEquatable<IpAddress>, ISpanParsable<IpAddress>, ISpanFormattable, IUtf8SpanFormattable
{
    private readonly UInt128 _value;

    /// <summary>An IPv4 address.</summary>
    /// <param name="address">The address.</param>
    public IpAddress(Ipv4Address address)
    {
        _value = address.Value;
        Family = IpFamily.V4;
    }

    /// <summary>An IPv6 address.</summary>
    /// <param name="address">The address. An IPv4-mapped one stays IPv6; see <see cref="Unmap"/>.</param>
    public IpAddress(Ipv6Address address)
    {
        _value = address.Value;
        Family = IpFamily.V6;
    }

    /// <summary>Neither family: any address, or none.</summary>
    public static IpAddress None => default;

    /// <summary>The family.</summary>
    public IpFamily Family { get; }

    /// <summary>Whether it is IPv4.</summary>
    public bool IsV4 => Family == IpFamily.V4;

    /// <summary>Whether it is IPv6.</summary>
    public bool IsV6 => Family == IpFamily.V6;

    /// <summary>The IPv4 address; meaningful only if <see cref="IsV4"/>.</summary>
    public Ipv4Address V4 => new((uint)_value);

    /// <summary>The IPv6 address; meaningful only if <see cref="IsV6"/>.</summary>
    public Ipv6Address V6 => new(_value);

    /// <summary>Whether it is the default value, <c>0.0.0.0</c> or <c>::</c>.</summary>
    public bool IsAny => _value == 0;

    /// <summary>Whether it names this host only.</summary>
    public bool IsLoopback => IsV4 ? V4.IsLoopback : IsV6 && V6.IsLoopback;

    /// <summary>Whether it names a group.</summary>
    public bool IsMulticast => IsV4 ? V4.IsMulticast : IsV6 && V6.IsMulticast;

    /// <summary>The IPv4 address of an IPv4-mapped IPv6 address; any other address as it is.</summary>
    /// <returns>The address.</returns>
    public IpAddress Unmap() => IsV6 && V6.IsIpv4Mapped ? new Ipv4Address((uint)_value) : this;

    /// <summary>The same address as .NET's type; the default value gives <see cref="IPAddress.IPv6Any"/>.</summary>
    /// <returns>A new object.</returns>
    public IPAddress ToIPAddress() => IsV4 ? V4.ToIPAddress() : V6.ToIPAddress();

    /// <summary>The same address from .NET's type; a zone is dropped.</summary>
    /// <param name="address">The address.</param>
    /// <returns>The address.</returns>
    public static IpAddress From(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        Span<byte> bytes = stackalloc byte[Ipv6Address.Size];
        _ = address.TryWriteBytes(bytes, out _);
        return address.AddressFamily == AddressFamily.InterNetwork ? new Ipv4Address(bytes) : new Ipv6Address(bytes);
    }

    /// <summary>An IPv4 address.</summary>
    public static implicit operator IpAddress(Ipv4Address address) => new(address);

    /// <summary>An IPv6 address.</summary>
    public static implicit operator IpAddress(Ipv6Address address) => new(address);

    /// <inheritdoc/>
    public bool Equals(IpAddress other) => _value == other._value && Family == other.Family;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is IpAddress other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_value, Family);

    /// <summary>Whether two addresses are the same, of the same family.</summary>
    public static bool operator ==(IpAddress left, IpAddress right) => left.Equals(right);

    /// <summary>Whether two addresses differ.</summary>
    public static bool operator !=(IpAddress left, IpAddress right) => !left.Equals(right);

    /// <inheritdoc cref="Parse(ReadOnlySpan{char}, IFormatProvider?)"/>
    public static IpAddress Parse(string s, IFormatProvider? provider = null)
    {
        ArgumentNullException.ThrowIfNull(s);
        return Parse(s.AsSpan(), provider);
    }

    /// <summary>Reads the text form of either family.</summary>
    /// <exception cref="FormatException">It is not an address.</exception>
    public static IpAddress Parse(ReadOnlySpan<char> s, IFormatProvider? provider = null)
        => TryParse(s, provider, out var result) ? result : throw new FormatException($"'{s}' is not an IP address such as 10.0.0.2 or 2001:db8::1");

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out IpAddress result)
        => TryParse(s.AsSpan(), provider, out result);

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out IpAddress result)
    {
        if (Ipv4Address.TryParse(s, provider, out var v4))
        {
            result = v4;
            return true;
        }

        var found = Ipv6Address.TryParse(s, provider, out var v6);
        result = found ? v6 : default(IpAddress);
        return found;
    }

    /// <inheritdoc/>
    public override string ToString() => Family switch
    {
        IpFamily.V4 => V4.ToString(),
        IpFamily.V6 => V6.ToString(),
        _ => "*",
    };

    /// <inheritdoc/>
    public string ToString(string? format, IFormatProvider? formatProvider) => ToString();

    /// <inheritdoc/>
    public bool TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider) => Family switch
    {
        IpFamily.V4 => V4.TryFormat(destination, out charsWritten, format, provider),
        IpFamily.V6 => V6.TryFormat(destination, out charsWritten, format, provider),
        _ => destination.TryWrite($"*", out charsWritten),
    };

    /// <inheritdoc/>
    public bool TryFormat(Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider) => Family switch
    {
        IpFamily.V4 => V4.TryFormat(utf8Destination, out bytesWritten, format, provider),
        IpFamily.V6 => V6.TryFormat(utf8Destination, out bytesWritten, format, provider),
        _ => System.Text.Unicode.Utf8.TryWrite(utf8Destination, $"*", out bytesWritten),
    };
}
