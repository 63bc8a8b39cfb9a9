using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Mirage.Net.Dns.Wire;

namespace Mirage.Net.Dns;

/// <summary>Makes values of records. What contradicts its type is no record.</summary>
internal static class RecordReader
{
    private const int ServiceSize = 6;
    private const int PreferenceSize = 2;
    private const int SoaNumbers = 20;

    public static bool TryRead(ReadOnlySpan<byte> message, in DnsRecordView view, [NotNullWhen(true)] out DnsRecord? record)
    {
        var data = view.Data;
        var (name, life, end) = (view.Name, LifeOf(view), view.DataOffset + data.Length);
        record = view.Type switch
        {
            DnsRecordType.A => data.Length == Ipv4Address.Size ? new AddressRecord(name, life, new Ipv4Address(data)) : null,
            DnsRecordType.Aaaa => data.Length == Ipv6Address.Size ? new AddressRecord(name, life, new Ipv6Address(data)) : null,
            DnsRecordType.Cname or DnsRecordType.Ptr or DnsRecordType.Ns
                => TryReadName(message, view.DataOffset, end, out var target) ? new NameRecord(name, life, view.Type, target) : null,
            DnsRecordType.Mx => data.Length > PreferenceSize && TryReadName(message, view.DataOffset + PreferenceSize, end, out var exchange)
                ? new MailRecord(name, life, Number(data), exchange)
                : null,
            DnsRecordType.Srv => data.Length > ServiceSize && TryReadName(message, view.DataOffset + ServiceSize, end, out var server)
                ? new ServiceRecord(name, life, Number(data), Number(data[2..]), Number(data[4..]), server)
                : null,
            DnsRecordType.Txt => TryReadStrings(data, out var strings) ? new TextRecord(name, life, strings) : null,
            _ => new OtherRecord(name, life, view.Type, data.ToArray()),
        };
        return record is not null;
    }

    /// <summary>How long it may be remembered that something is not there (RFC 2308 §5): the lesser of the record's own time and its last number.</summary>
    public static bool TryReadNegativeLife(ReadOnlySpan<byte> message, in DnsRecordView soa, out TimeSpan life)
    {
        life = default;
        if (!DnsNames.TryRead(message, soa.DataOffset, out _, out var next)
            || !DnsNames.TryRead(message, next, out _, out next)
            || soa.DataOffset + soa.Data.Length - next != SoaNumbers)
        {
            return false;
        }

        var minimum = LifeOf(BinaryPrimitives.ReadUInt32BigEndian(message[(next + SoaNumbers - sizeof(uint))..]));
        life = minimum < LifeOf(soa) ? minimum : LifeOf(soa);
        return true;
    }

    public static TimeSpan LifeOf(in DnsRecordView view) => LifeOf(view.TimeToLive);

    // RFC 2181 §8: with the highest bit set it is nothing.
    private static TimeSpan LifeOf(uint seconds) => seconds > int.MaxValue ? TimeSpan.Zero : TimeSpan.FromSeconds(seconds);

    private static ushort Number(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16BigEndian(bytes);

    private static bool TryReadName(ReadOnlySpan<byte> message, int offset, int end, out DomainName name)
        => DnsNames.TryRead(message, offset, out name, out var next) && next == end;

    private static bool TryReadStrings(ReadOnlySpan<byte> data, out List<ReadOnlyMemory<byte>> strings)
    {
        strings = [];
        while (!data.IsEmpty)
        {
            if (data.Length < 1 + data[0])
            {
                return false;
            }

            strings.Add(data.Slice(1, data[0]).ToArray());
            data = data[(1 + data[0])..];
        }

        return strings.Count > 0;
    }
}
