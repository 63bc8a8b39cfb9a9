using System.Buffers.Binary;
using Mirage.Net.Dns.Wire;

namespace Mirage.Net.Dns.Tests;

/// <summary>Answers as bytes.</summary>
internal static class Reply
{
    public delegate void Fill(ref DnsWriter writer);

    public static byte[] Make(Asked question, Fill fill, DnsResponseCode code = DnsResponseCode.NoError, bool truncated = false, ushort? id = null)
    {
        var buffer = new byte[65_535];
        var writer = new DnsWriter(buffer, id ?? question.Id, code, truncated);
        writer.AddQuestion(question.Name, question.Type);
        fill(ref writer);
        Assert.False(writer.Overflowed);
        return buffer[..writer.Length];
    }

    public static byte[] Code(Asked question, DnsResponseCode code) => Make(question, (ref _) => { }, code);

    public static byte[] Truncated(Asked question) => Make(question, (ref _) => { }, truncated: true);

    /// <summary>Addresses of the name that was asked about, of the family that was asked for.</summary>
    public static byte[] Addresses(Asked question, uint life, params IpAddress[] addresses) => Make(question, (ref writer) =>
    {
        foreach (var address in addresses)
        {
            AddAddress(ref writer, question.Name, life, address, question.Type);
        }
    });

    /// <summary>That there is nothing, and for how long (RFC 2308).</summary>
    public static byte[] Nothing(Asked question, DnsResponseCode code, uint soaLife, uint minimum, string zone = "example.org")
        => Make(question, (ref writer) => AddSoa(ref writer, zone, soaLife, minimum), code);

    public static void AddAddress(ref DnsWriter writer, DomainName name, uint life, IpAddress address, DnsRecordType? only = null)
    {
        var type = address.IsV4 ? DnsRecordType.A : DnsRecordType.Aaaa;
        if (only is not null && only != type)
        {
            return;
        }

        Span<byte> bytes = stackalloc byte[16];
        if (address.IsV4)
        {
            address.V4.CopyTo(bytes);
        }
        else
        {
            address.V6.CopyTo(bytes);
        }

        writer.AddRecord(DnsSection.Answer, name, type, life, bytes[..(address.IsV4 ? 4 : 16)]);
    }

    public static void AddAlias(ref DnsWriter writer, string name, string target, uint life = 60)
        => writer.AddRecord(DnsSection.Answer, DomainName.Parse(name), DnsRecordType.Cname, life, DomainName.Parse(target).Wire);

    public static void AddSoa(ref DnsWriter writer, string zone, uint life, uint minimum)
    {
        var numbers = new byte[20];
        BinaryPrimitives.WriteUInt32BigEndian(numbers.AsSpan(16), minimum);
        byte[] data = [.. DomainName.Parse("ns." + zone).Wire, .. DomainName.Parse("root." + zone).Wire, .. numbers];
        writer.AddRecord(DnsSection.Authority, DomainName.Parse(zone), DnsRecordType.Soa, life, data);
    }
}
