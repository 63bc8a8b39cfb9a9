using FsCheck;
using FsCheck.Fluent;
using Mirage.Net.Dns.Wire;

namespace Mirage.Net.Dns.Tests.Wire;

public sealed class DnsMessageTests
{
    private static readonly Gen<ushort> s_number = Gen.Choose(0, ushort.MaxValue).Select(x => (ushort)x);

    private static readonly Gen<(DomainName Name, ushort Type, ushort Class, uint Life, byte[] Data)> s_record =
        from name in DomainNameTests.Names
        from numbers in s_number.ArrayOf(4)
        from data in Gen.Choose(0, 300).SelectMany(Bytes)
        select (name, numbers[0], numbers[1], ((uint)numbers[2] << 16) | numbers[3], data);

    [Fact]
    public void What_is_written_is_read()
        => Check(
            from id in s_number from question in DomainNameTests.Names from type in s_number from sections in s_record.ListOf().ArrayOf(3) from code in Gen.Choose(0, 15)
            select (id, question, type, sections, code),
            x =>
            {
                var buffer = new byte[65_535];
                var writer = new DnsWriter(buffer, x.id, (DnsResponseCode)x.code, truncated: x.code % 2 == 0);
                writer.AddQuestion(x.question, (DnsRecordType)x.type);
                for (var section = 0; section < 3; section++)
                {
                    foreach (var (name, type, classCode, life, data) in x.sections[section])
                    {
                        writer.AddRecord((DnsSection)(section + 1), name, (DnsRecordType)type, life, data, classCode);
                    }
                }

                Assert.False(writer.Overflowed);
                Assert.True(DnsMessage.TryParse(buffer.AsSpan(0, writer.Length), out var message));
                Assert.Equal((x.id, true, x.code, x.code % 2 == 0, 0), (message.Id, message.IsResponse, message.HeaderCode, message.IsTruncated, message.Opcode));
                Assert.Equal(x.sections.Select(section => section.Count), [message.AnswerCount, message.AuthorityCount, message.AdditionalCount]);
                var reader = message.Read();
                Assert.True(reader.TryReadQuestion(out var question));
                Assert.Equal(new DnsQuestion(x.question, (DnsRecordType)x.type, 1), question);
                foreach (var (name, type, classCode, life, data) in x.sections.SelectMany(section => section))
                {
                    Assert.True(reader.TryReadRecord(out var record));
                    Assert.Equal((name, type, classCode, life), (record.Name, (ushort)record.Type, record.Class, record.TimeToLive));
                    Assert.True(record.Data.SequenceEqual(data) && message.Bytes.Slice(record.DataOffset, data.Length).SequenceEqual(data));
                }

                Assert.False(reader.TryReadRecord(out _));
            });

    [Fact]
    public void A_question_asks_a_server_to_ask_others()
    {
        var buffer = new byte[100];
        var writer = new DnsWriter(buffer, 7);
        writer.AddQuestion(World.Www, DnsRecordType.A);
        writer.AddOptions(1232);
        Assert.True(DnsMessage.TryParse(buffer.AsSpan(0, writer.Length), out var message));
        Assert.True(message is { IsResponse: false, RecursionDesired: true, QuestionCount: 1, AdditionalCount: 1, Id: 7 });
        writer.AddRecord(DnsSection.Additional, World.Www, DnsRecordType.Txt, 0, new byte[100]);
        Assert.True(writer.Overflowed && message.AdditionalCount == 1);
    }

    [Fact]
    public void Names_are_read_as_the_RFC_compresses_them()
    {
        // RFC 1035 §4.1.4: F.ISI.ARPA at 20, FOO and a pointer to it at 40, a pointer to ARPA at 64, the root at 92.
        var message = new byte[93];
        "\u0001F\u0003ISI\u0004ARPA\0"u8.CopyTo(message.AsSpan(20));
        "\u0003FOO"u8.CopyTo(message.AsSpan(40));
        (message[44], message[45]) = (0xc0, 20);
        (message[64], message[65]) = (0xc0, 26);
        foreach (var (offset, text, next) in new[] { (20, "F.ISI.ARPA", 32), (40, "FOO.F.ISI.ARPA", 46), (64, "ARPA", 66), (92, ".", 93) })
        {
            Assert.True(DnsNames.TryRead(message, offset, out var name, out var after));
            Assert.Equal((text, next), (name.ToString(), after));
        }
    }

    [Fact]
    public void Pointers_that_do_not_lead_further_back_are_refused()
    {
        // To itself; forward; in a ring of two; beyond the end; cut off; reserved.
        byte[][] bad = [[0xc0, 0], [0xc0, 2, 0], [1, (byte)'a', 0xc0, 0], [0xc0, 200], [0xc0], [0x80, 0], [0x40, 0], [3, (byte)'a'], []];
        foreach (var bytes in bad)
        {
            Assert.False(DnsNames.TryRead(bytes, 0, out _, out _));
        }

        byte[] ring = [1, (byte)'a', 0xc0, 4, 1, (byte)'b', 0xc0, 0];
        Assert.False(DnsNames.TryRead(ring, 0, out _, out _));
        Assert.False(DnsNames.TryRead(ring, 4, out _, out _));
    }

    [Fact]
    public void Names_that_become_too_long_by_pointers_are_refused()
    {
        // Labels of 63 bytes, each with a pointer to the one before.
        var bytes = new byte[5 * 66];
        for (var i = 0; i < 5; i++)
        {
            var at = i * 66;
            bytes[at] = 63;
            if (i > 0)
            {
                bytes[at + 64] = 0xc0;
                bytes[at + 65] = (byte)(at - 66);
            }
        }

        Assert.True(DnsNames.TryRead(bytes, 2 * 66, out var name, out _) && name.LabelCount == 3);
        Assert.False(DnsNames.TryRead(bytes, 3 * 66, out _, out _));

        // Pointers to pointers end too.
        var chain = new byte[1000];
        for (var i = 1; i < 400; i++)
        {
            chain[2 * i] = (byte)(0xc0 | ((2 * (i - 1)) >> 8));
            chain[(2 * i) + 1] = (byte)(2 * (i - 1));
        }

        Assert.True(DnsNames.TryRead(chain, 200, out _, out _));
        Assert.False(DnsNames.TryRead(chain, 798, out _, out _));
    }

    [Fact]
    public void Nothing_makes_the_parsers_throw()
        => Check(
            from bytes in Gen.Choose(0, 200).SelectMany(Bytes) from small in Gen.Elements(true, false) from type in Gen.Elements(1, 2, 5, 6, 15, 16, 28, 33, 99)
            select (bytes, small, type),
            x =>
            {
                if (x.small && x.bytes.Length > 40)
                {
                    // Likely to be whole: counts are small, names end.
                    "\u0001\0\u0081\u0080\0\u0001\0\u0002\0\u0001\0\u0001"u8[..12].CopyTo(x.bytes);
                    for (var i = 12; i < x.bytes.Length; i++)
                    {
                        x.bytes[i] = x.bytes[i] < 100 ? (byte)0 : x.bytes[i] < 160 ? (byte)x.type : x.bytes[i];
                    }
                }

                if (DnsMessage.TryParse(x.bytes, out var message))
                {
                    var reader = message.Read();
                    _ = reader.TryReadQuestion(out _);
                    while (reader.TryReadRecord(out var record))
                    {
                        _ = RecordReader.TryRead(x.bytes, record, out _);
                        _ = RecordReader.TryReadNegativeLife(x.bytes, record, out _);
                    }
                }

                _ = DnsResponse.TryRead(x.bytes, World.Www, (DnsRecordType)x.type, 10, out _);
            });

    [Fact]
    public void Records_are_what_their_bytes_say()
    {
        DomainName target = DomainName.Parse("target.example.org");
        Assert.Equal(new AddressRecord(World.Www, Seconds(60), World.Host), Read(DnsRecordType.A, [192, 0, 2, 1]));
        Assert.Equal(new AddressRecord(World.Www, Seconds(60), World.Host6), Read(DnsRecordType.Aaaa, Convert.FromHexString("20010db8000000000000000000000001")));
        Assert.Equal(new NameRecord(World.Www, Seconds(60), DnsRecordType.Ptr, target), Read(DnsRecordType.Ptr, target.Wire));
        Assert.Equal(new NameRecord(World.Www, Seconds(60), DnsRecordType.Ns, target), Read(DnsRecordType.Ns, target.Wire));
        Assert.Equal(new MailRecord(World.Www, Seconds(60), 10, target), Read(DnsRecordType.Mx, [0, 10, .. target.Wire]));
        Assert.Equal(new ServiceRecord(World.Www, Seconds(60), 1, 2, 389, target), Read(DnsRecordType.Srv, [0, 1, 0, 2, 1, 133, .. target.Wire]));
        Assert.Equal("one two", Assert.IsType<TextRecord>(Read(DnsRecordType.Txt, "\u0004one \u0003two"u8)).Text);
        Assert.Equal([1, 2], Assert.IsType<OtherRecord>(Read((DnsRecordType)99, [1, 2])).Data.ToArray());

        // RFC 2181 §8: a time with the highest bit set is none.
        Assert.Equal(TimeSpan.Zero, Read(DnsRecordType.A, [192, 0, 2, 1], 0x8000_0000)!.TimeToLive);

        Assert.Null(Read(DnsRecordType.A, [1, 2, 3]));
        Assert.Null(Read(DnsRecordType.Aaaa, [1, 2, 3, 4]));
        Assert.Null(Read(DnsRecordType.Ptr, [.. target.Wire, 0]));
        Assert.Null(Read(DnsRecordType.Mx, [0, 10]));
        Assert.Null(Read(DnsRecordType.Srv, [0, 1, 0, 2, 1, 133]));
        Assert.Null(Read(DnsRecordType.Txt, [5, 1]));
        Assert.Null(Read(DnsRecordType.Txt, []));
    }

    private static DnsRecord? Read(DnsRecordType type, ReadOnlySpan<byte> data, uint life = 60)
    {
        var buffer = new byte[600];
        var writer = new DnsWriter(buffer, 1, DnsResponseCode.NoError);
        writer.AddRecord(DnsSection.Answer, World.Www, type, life, data);
        Assert.True(DnsMessage.TryParse(buffer.AsSpan(0, writer.Length), out var message));
        var reader = message.Read();
        Assert.True(reader.TryReadRecord(out var view));
        return RecordReader.TryRead(message.Bytes, view, out var record) ? record : null;
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    private static Gen<byte[]> Bytes(int length) => Gen.Choose(0, 255).Select(x => (byte)x).ArrayOf(length);

    private static void Check<T>(Gen<T> gen, Action<T> body) => Prop.ForAll(Arb.From(gen), body).QuickCheckThrowOnFailure();
}
