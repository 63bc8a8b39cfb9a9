using System.Buffers.Binary;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>Initial sequence numbers (RFC 6528) and timestamp offsets (RFC 7323 §7.1): a clock, plus a keyed hash of the two endpoints.</summary>
internal readonly struct InitialSequence
{
    private const long NanosecondsPerStep = 4_000;

    private readonly ulong _key0;
    private readonly ulong _key1;

    public InitialSequence(ReadOnlySpan<byte> key)
    {
        _key0 = BinaryPrimitives.ReadUInt64LittleEndian(key);
        _key1 = BinaryPrimitives.ReadUInt64LittleEndian(key[sizeof(ulong)..]);
    }

    /// <summary>ISN = M + F(localip, localport, remoteip, remoteport, secretkey), where M counts every 4 microseconds (§3).</summary>
    public (SequenceNumber Sequence, uint TimestampOffset) Choose(in IpEndpoint local, in IpEndpoint remote, Instant now)
    {
        Span<byte> input = stackalloc byte[(2 * Ipv6Address.Size) + (2 * sizeof(ushort))];
        local.Address.V6.CopyTo(input);
        remote.Address.V6.CopyTo(input[Ipv6Address.Size..]);
        BinaryPrimitives.WriteUInt16BigEndian(input[(2 * Ipv6Address.Size)..], local.Port);
        BinaryPrimitives.WriteUInt16BigEndian(input[((2 * Ipv6Address.Size) + sizeof(ushort))..], remote.Port);
        var hash = SipHash.Compute(_key0, _key1, input);
        return (new SequenceNumber((uint)hash + (uint)(now.Nanoseconds / NanosecondsPerStep)), (uint)(hash >> 32));
    }
}
