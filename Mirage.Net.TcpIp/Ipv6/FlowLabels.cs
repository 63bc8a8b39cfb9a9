using System.Buffers.Binary;

namespace Mirage.Net.TcpIp;

/// <summary>Flow labels (RFC 6437 §3): the same for the packets of one flow, and a keyed hash, so that they spread evenly and cannot be guessed.</summary>
internal sealed class FlowLabels
{
    private const uint Mask = 0xf_ffff;

    private readonly ulong _key0;
    private readonly ulong _key1;

    // Most packets are of the flow that the one before was of.
    private Ipv6Address _source;
    private Ipv6Address _destination;
    private ulong _flow;
    private uint _label;

    private FlowLabels(ReadOnlySpan<byte> key)
    {
        _key0 = BinaryPrimitives.ReadUInt64LittleEndian(key);
        _key1 = BinaryPrimitives.ReadUInt64LittleEndian(key[sizeof(ulong)..]);
    }

    public static FlowLabels Create<TPlatform>(TPlatform platform)
        where TPlatform : struct, IPlatform
    {
        Span<byte> key = stackalloc byte[2 * sizeof(ulong)];
        platform.Fill(key);
        return new FlowLabels(key);
    }

    public uint LabelOf(in IpPacketInfo info)
    {
        var (source, destination, flow) = (info.Source.V6, info.Destination.V6, ((ulong)info.Protocol << 32) | info.Flow);
        if (flow != _flow || destination != _destination || source != _source)
        {
            (_source, _destination, _flow) = (source, destination, flow);
            _label = Compute(source, destination, flow);
        }

        return _label;
    }

    private uint Compute(in Ipv6Address source, in Ipv6Address destination, ulong flow)
    {
        Span<byte> input = stackalloc byte[(2 * Ipv6Address.Size) + sizeof(ulong)];
        source.CopyTo(input);
        destination.CopyTo(input[Ipv6Address.Size..]);
        BinaryPrimitives.WriteUInt64BigEndian(input[(2 * Ipv6Address.Size)..], flow);
        var label = (uint)SipHash.Compute(_key0, _key1, input) & Mask;

        // §2: zero says that there is none.
        return label == 0 ? 1 : label;
    }
}
