using System.Buffers.Binary;

namespace Mirage.Net.TcpIp;

/// <summary>
/// Interface identifiers that are the same each time in one network and tell nothing in another (RFC 7217 §5): RID = F(prefix, interface, counter, secret). F is
/// SipHash-2-4, which is a pseudorandom function under a secret key, as §5 asks for.
/// </summary>
internal readonly struct StableIdentifier
{
    public const int SecretSize = 16;

    private readonly ulong _key0;
    private readonly ulong _key1;

    public StableIdentifier(ReadOnlySpan<byte> secret)
    {
        _key0 = BinaryPrimitives.ReadUInt64LittleEndian(secret);
        _key1 = BinaryPrimitives.ReadUInt64LittleEndian(secret[sizeof(ulong)..]);
    }

    /// <summary>Makes them with a secret, or with a random one if it is empty.</summary>
    public static StableIdentifier Create<TPlatform>(TPlatform platform, ReadOnlySpan<byte> secret)
        where TPlatform : struct, IPlatform
    {
        if (!secret.IsEmpty)
        {
            return new StableIdentifier(secret);
        }

        Span<byte> random = stackalloc byte[SecretSize];
        platform.Fill(random);
        return new StableIdentifier(random);
    }

    /// <summary>The address in a prefix of 64 bits.</summary>
    /// <param name="prefix">The prefix; its last 64 bits are ignored.</param>
    /// <param name="mac">The interface.</param>
    /// <param name="conflicts">How many addresses of the prefix have turned out to be another host's.</param>
    public Ipv6Address AddressIn(in Ipv6Address prefix, MacAddress mac, byte conflicts)
    {
        Span<byte> input = stackalloc byte[sizeof(ulong) + MacAddress.Size + 2];
        var upper = (ulong)(prefix.Value >> 64);
        BinaryPrimitives.WriteUInt64BigEndian(input, upper);
        mac.CopyTo(input[sizeof(ulong)..]);
        input[^2] = conflicts;
        for (byte attempt = 0; ; attempt++)
        {
            input[^1] = attempt;
            var identifier = SipHash.Compute(_key0, _key1, input);
            if (!IsReserved(identifier))
            {
                return new Ipv6Address(new UInt128(upper, identifier));
            }
        }
    }

    /// <summary>RFC 5453: identifiers of anycast groups.</summary>
    private static bool IsReserved(ulong identifier)
        => identifier == 0 || identifier >> 24 == 0x0200_5eff_fe || identifier is >= 0xfdff_ffff_ffff_ff80 and <= 0xfdff_ffff_ffff_ffff;
}
