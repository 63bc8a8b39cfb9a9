using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace Mirage;

/// <summary>An IP address and a port. The text form is <c>10.0.0.2:80</c> or <c>[2001:db8::1]:80</c>.</summary>
/// <param name="address">The address; the default value stands for any.</param>
/// <param name="port">The port; 0 stands for any.</param>
public readonly struct IpEndpoint(IpAddress address, ushort port)
    : IEquatable<IpEndpoint>, ISpanParsable<IpEndpoint>, ISpanFormattable, IUtf8SpanFormattable
{
    /// <summary>No endpoint, or any.</summary>
    public static IpEndpoint None => default;

    /// <summary>The address.</summary>
    public IpAddress Address { get; } = address;

    /// <summary>The port.</summary>
    public ushort Port { get; } = port;

    /// <summary>The same endpoint as .NET's type.</summary>
    /// <returns>A new object.</returns>
    public IPEndPoint ToIPEndPoint() => new(Address.ToIPAddress(), Port);

    /// <summary>The same endpoint from .NET's type; IPv4-mapped addresses become IPv4.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <returns>The endpoint.</returns>
    public static IpEndpoint From(IPEndPoint endpoint)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        return new(IpAddress.From(endpoint.Address).Unmap(), (ushort)endpoint.Port);
    }

    /// <inheritdoc/>
    public bool Equals(IpEndpoint other) => Port == other.Port && Address == other.Address;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is IpEndpoint other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Address, Port);

    /// <summary>Whether two endpoints are the same.</summary>
    public static bool operator ==(IpEndpoint left, IpEndpoint right) => left.Equals(right);

    /// <summary>Whether two endpoints differ.</summary>
    public static bool operator !=(IpEndpoint left, IpEndpoint right) => !left.Equals(right);

    /// <inheritdoc cref="Parse(ReadOnlySpan{char}, IFormatProvider?)"/>
    public static IpEndpoint Parse(string s, IFormatProvider? provider = null)
    {
        ArgumentNullException.ThrowIfNull(s);
        return Parse(s.AsSpan(), provider);
    }

    /// <summary>Reads the text form.</summary>
    /// <exception cref="FormatException">It is not an endpoint.</exception>
    public static IpEndpoint Parse(ReadOnlySpan<char> s, IFormatProvider? provider = null)
        => TryParse(s, provider, out var result) ? result : throw new FormatException($"'{s}' is not an endpoint such as 10.0.0.2:80 or [2001:db8::1]:80");

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out IpEndpoint result)
        => TryParse(s.AsSpan(), provider, out result);

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out IpEndpoint result)
    {
        result = default;
        var colon = s.LastIndexOf(':');
        if (colon < 1 || !DecimalDigits.TryParse(s[(colon + 1)..], ushort.MaxValue, out var port))
        {
            return false;
        }

        var host = s[..colon];
        IpAddress address;
        if (host[0] == '[' && host[^1] == ']' && Ipv6Address.TryParse(host[1..^1], provider, out var v6))
        {
            address = v6;
        }
        else if (Ipv4Address.TryParse(host, provider, out var v4))
        {
            address = v4;
        }
        else
        {
            return false;
        }

        result = new IpEndpoint(address, (ushort)port);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => Address.IsV6 ? $"[{Address}]:{Port}" : $"{Address}:{Port}";

    /// <inheritdoc/>
    public string ToString(string? format, IFormatProvider? formatProvider) => ToString();

    /// <inheritdoc/>
    public bool TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
        => Address.IsV6 ? destination.TryWrite($"[{Address}]:{Port}", out charsWritten) : destination.TryWrite($"{Address}:{Port}", out charsWritten);

    /// <inheritdoc/>
    public bool TryFormat(Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
        => Address.IsV6
            ? System.Text.Unicode.Utf8.TryWrite(utf8Destination, $"[{Address}]:{Port}", out bytesWritten)
            : System.Text.Unicode.Utf8.TryWrite(utf8Destination, $"{Address}:{Port}", out bytesWritten);
}
