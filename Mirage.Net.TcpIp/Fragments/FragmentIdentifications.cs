using System.Buffers.Binary;

namespace Mirage.Net.TcpIp;

/// <summary>
/// The identifications of datagrams that may be fragmented. They must not come again for the same source, destination and protocol while fragments may be on
/// their way (RFC 6864 §4.3), and must not be guessed or tell how much goes to others (RFC 7739 §5.3): counters, one for each of some hundred sets of flows, from starts that a keyed hash hides.
/// </summary>
internal sealed class FragmentIdentifications
{
    private const int Counters = 1024;

    private readonly uint[] _counters = new uint[Counters];
    private readonly ulong _key0;
    private readonly ulong _key1;

    public FragmentIdentifications(ReadOnlySpan<byte> key)
    {
        _key0 = BinaryPrimitives.ReadUInt64LittleEndian(key);
        _key1 = BinaryPrimitives.ReadUInt64LittleEndian(key[sizeof(ulong)..]);
    }

    /// <summary>Makes them with a random key.</summary>
    public static FragmentIdentifications Create<TPlatform>(TPlatform platform)
        where TPlatform : struct, IPlatform
    {
        Span<byte> key = stackalloc byte[2 * sizeof(ulong)];
        platform.Fill(key);
        return new FragmentIdentifications(key);
    }

    /// <summary>The next one. IPv4 takes the low half.</summary>
    public uint Next(in IpAddress source, in IpAddress destination, IpProtocol protocol)
    {
        Span<byte> flow = stackalloc byte[(2 * Ipv6Address.Size) + 1];
        source.V6.CopyTo(flow);
        destination.V6.CopyTo(flow[Ipv6Address.Size..]);
        flow[^1] = (byte)protocol;
        var hash = SipHash.Compute(_key0, _key1, flow);
        return (uint)hash + _counters[(int)(hash >> 32) & (Counters - 1)]++;
    }
}
