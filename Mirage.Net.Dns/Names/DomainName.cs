using System.Diagnostics.CodeAnalysis;

namespace Mirage.Net.Dns;

/// <summary>
/// A domain name (RFC 1035 §3.1, RFC 2181 §11): labels of any bytes. Upper and lower case of ASCII letters are the same (RFC 4343), and are kept. The text form is
/// <c>www.example.org</c>, in ASCII; names in other alphabets come in their ASCII form (<c>xn--…</c>). Every name is complete: a dot at the end of the text changes nothing. The
/// default value is the root.
/// </summary>
public readonly partial struct DomainName : IEquatable<DomainName>, ISpanParsable<DomainName>, IFormattable
{
    /// <summary>The most bytes that a name takes in a message.</summary>
    public const int MaxWireLength = 255;

    /// <summary>The most bytes of a label.</summary>
    public const int MaxLabelLength = 63;

    // Each label after its length; at the end the root's, of no bytes. Never changed.
    private readonly byte[]? _wire;

    private DomainName(byte[] wire) => _wire = wire;

    /// <summary>The root of all names.</summary>
    public static DomainName Root => default;

    /// <summary>Whether it is the root.</summary>
    public bool IsRoot => Wire.Length == 1;

    /// <summary>How many labels there are; the root has none.</summary>
    public int LabelCount
    {
        get
        {
            var count = 0;
            for (var rest = Wire; rest[0] != 0; rest = rest[(1 + rest[0])..])
            {
                count++;
            }

            return count;
        }
    }

    /// <summary>The name without its first label; the root's is the root.</summary>
    public DomainName Parent => IsRoot ? this : new(Wire[(1 + Wire[0])..].ToArray());

    /// <summary>The bytes that it takes in a message, if nothing is left out: each label after its length, and a zero.</summary>
    public ReadOnlySpan<byte> Wire => _wire ?? [0];

    /// <summary>The name under which an address is entered, for pointer records (RFC 1035 §3.5, RFC 3596 §2.5).</summary>
    /// <param name="address">The address.</param>
    /// <returns>The name in <c>in-addr.arpa</c> or <c>ip6.arpa</c>.</returns>
    public static DomainName ForAddress(IpAddress address)
    {
        if (address.IsV4)
        {
            var value = address.V4.Value;
            return Parse($"{value & 0xff}.{(value >> 8) & 0xff}.{(value >> 16) & 0xff}.{value >> 24}.in-addr.arpa");
        }

        if (!address.IsV6)
        {
            throw new ArgumentException("it is no address of either family", nameof(address));
        }

        var bytes = new byte[Ipv6Address.Size];
        address.V6.CopyTo(bytes);
        Array.Reverse(bytes);
        var nibbles = bytes.SelectMany(value => new[] { value & 0xf, value >> 4 }).Select(nibble => nibble.ToString("x", null));
        return Parse(string.Join('.', nibbles) + ".ip6.arpa");
    }

    /// <summary>Makes a name of its bytes.</summary>
    /// <param name="wire">Each label after its length, and a zero; without pointers.</param>
    /// <param name="name">The name.</param>
    /// <returns>Whether it is one, and there is nothing after it.</returns>
    public static bool TryCreate(ReadOnlySpan<byte> wire, out DomainName name)
    {
        name = default;
        if (wire.Length is 0 or > MaxWireLength)
        {
            return false;
        }

        var rest = wire;
        while (rest[0] != 0)
        {
            if (rest[0] > MaxLabelLength || rest.Length < 2 + rest[0])
            {
                return false;
            }

            rest = rest[(1 + rest[0])..];
        }

        name = rest.Length == 1 ? new(wire.ToArray()) : default;
        return rest.Length == 1;
    }

    /// <summary>Whether it lies within another name, or is that name.</summary>
    /// <param name="other">The other name.</param>
    /// <returns>Whether it does.</returns>
    public bool IsWithin(DomainName other)
    {
        var rest = Wire;
        while (rest.Length > other.Wire.Length)
        {
            rest = rest[(1 + rest[0])..];
        }

        return EqualBytes(rest, other.Wire);
    }

    /// <summary>This name within another.</summary>
    /// <param name="domain">The other name.</param>
    /// <param name="name">Both together.</param>
    /// <returns>Whether that is not too long.</returns>
    public bool TryAppend(DomainName domain, out DomainName name) => TryCreate([.. Wire[..^1], .. domain.Wire], out name);

    /// <inheritdoc/>
    public bool Equals(DomainName other) => EqualBytes(Wire, other.Wire);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is DomainName other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var value in Wire)
        {
            hash.Add(Lower(value));
        }

        return hash.ToHashCode();
    }

    /// <summary>Whether two names are the same.</summary>
    public static bool operator ==(DomainName left, DomainName right) => left.Equals(right);

    /// <summary>Whether two names differ.</summary>
    public static bool operator !=(DomainName left, DomainName right) => !left.Equals(right);

    // Lengths of labels are below the letters.
    private static bool EqualBytes(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        if (left.Length != right.Length)
        {
            return false;
        }

        for (var i = 0; i < left.Length; i++)
        {
            if (Lower(left[i]) != Lower(right[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static byte Lower(byte value) => value is >= (byte)'A' and <= (byte)'Z' ? (byte)(value | 0x20) : value;
}
