using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;
using Mirage.Net.Dhcp.Wire;

namespace Mirage.Net.Dhcp.Tests.Wire;

public sealed class DhcpMessageTests
{
    private static readonly Gen<uint> s_number = from high in Gen.Choose(0, 0xffff) from low in Gen.Choose(0, 0xffff) select ((uint)high << 16) | (uint)low;
    private static readonly Gen<byte[]> s_value = Gen.Choose(0, 600).SelectMany(Bytes);

    // Not the pad, the end, nor the overload.
    private static readonly Gen<DhcpOption> s_code = Gen.Choose(1, 254).Where(code => code != (int)DhcpOption.Overload).Select(code => (DhcpOption)code);

    [Fact]
    public void What_is_written_is_read()
        => Check(
            from fields in s_number.ArrayOf(6)
            from hardware in Bytes(MacAddress.Size)
            from reply in Gen.Elements(true, false)
            from options in Gen.Zip(s_code, s_value).ListOf()
            select (fields, hardware, reply, options: options.DistinctBy(option => option.Item1).ToList()),
            x =>
            {
                var buffer = new byte[DhcpWriter.MinimumSize + x.options.Sum(option => option.Item2.Length + 8)];
                var writer = new DhcpWriter(buffer, new DhcpHeader
                {
                    IsReply = x.reply,
                    TransactionId = x.fields[0],
                    Seconds = (ushort)x.fields[1],
                    Broadcast = !x.reply,
                    ClientAddress = new Ipv4Address(x.fields[2]),
                    YourAddress = new Ipv4Address(x.fields[3]),
                    NextServer = new Ipv4Address(x.fields[4]),
                    Relay = new Ipv4Address(x.fields[5]),
                    ClientHardware = new MacAddress(x.hardware),
                });
                foreach (var (code, value) in x.options)
                {
                    writer.Add(code, value);
                }

                Assert.False(writer.Overflowed);
                var length = writer.Finish();
                Assert.True(length >= DhcpWriter.MinimumSize);
                Assert.True(DhcpMessage.TryParse(buffer.AsSpan(0, length), out var message));
                Assert.Equal(x.reply, message.IsReply);
                Assert.Equal(!x.reply, message.Broadcast);
                Assert.Equal((x.fields[0], (ushort)x.fields[1]), (message.TransactionId, message.Seconds));
                Assert.Equal((x.fields[2], x.fields[3]), (message.ClientAddress.Value, message.YourAddress.Value));
                Assert.Equal((x.fields[4], x.fields[5]), (message.NextServer.Value, message.Relay.Value));
                Assert.Equal(new MacAddress(x.hardware), message.ClientHardware);
                foreach (var (code, value) in x.options)
                {
                    Assert.True(message.TryGet(code, new byte[600], out var read));
                    Assert.True(read.SequenceEqual(value));
                }
            });

    [Fact]
    public void What_does_not_fit_is_left_out_and_told()
    {
        var buffer = new byte[DhcpWriter.MinimumSize];
        var writer = new DhcpWriter(buffer, default);
        writer.Add(DhcpOption.HostName, new byte[57]);
        Assert.False(writer.Overflowed);
        writer.Add(DhcpMessageType.Ack);
        Assert.True(writer.Overflowed);
        Assert.True(DhcpMessage.TryParse(buffer.AsSpan(0, writer.Finish()), out var message));
        Assert.Equal(DhcpMessageType.None, message.Type);
    }

    [Fact]
    public void Nothing_makes_the_parser_throw()
        => Check(
            from bytes in Gen.Choose(0, 400).SelectMany(Bytes) from overload in Gen.Choose(0, 255) from valid in Gen.Elements(true, false)
            select (bytes, overload, valid),
            x =>
            {
                if (x.valid && x.bytes.Length > DhcpMessage.HeaderSize + 3)
                {
                    MakeValid(x.bytes);
                    x.bytes[240] = (byte)DhcpOption.Overload;
                    x.bytes[241] = 1;
                    x.bytes[242] = (byte)(x.overload % 5);
                }

                if (DhcpMessage.TryParse(x.bytes, out var message))
                {
                    for (var code = 0; code < 256; code++)
                    {
                        _ = message.TryGet((DhcpOption)code, new byte[16], out _);
                        _ = message.TryGetAddress((DhcpOption)code, out _);
                        _ = message.TryGetUInt32((DhcpOption)code, out _);
                    }

                    _ = (message.Type, message.TransactionId, message.ClientHardware, message.Relay);
                }
            });

    [Fact]
    public void Options_go_on_in_file_and_sname_where_it_says_so()
    {
        // RFC 2132 §9.3; RFC 3396 §5: joined in the order options, file, sname.
        var bytes = Valid(DhcpOption.Overload, 1, 3, DhcpOption.DomainName, 1, (byte)'a', DhcpOption.End);
        Put(bytes, DhcpMessage.HeaderSize - 4 - 128, DhcpOption.DomainName, 1, (byte)'b', DhcpOption.HostName, 1, (byte)'h', DhcpOption.End);
        Put(bytes, 44, DhcpOption.DomainName, 1, (byte)'c', DhcpOption.End);
        Assert.True(DhcpMessage.TryParse(bytes, out var message));
        Assert.True(message.TryGet(DhcpOption.DomainName, new byte[3], out var joined) && joined.SequenceEqual("abc"u8));
        Assert.True(message.TryGet(DhcpOption.HostName, [], out var name) && name.SequenceEqual("h"u8));
        Assert.False(message.TryGet(DhcpOption.DomainName, new byte[2], out _));

        bytes[242] = 1;
        Assert.True(DhcpMessage.TryParse(bytes, out message));
        Assert.True(message.TryGet(DhcpOption.DomainName, new byte[3], out joined) && joined.SequenceEqual("ab"u8));

        // The fields are looked at only if they hold options.
        Put(bytes, 44, DhcpOption.DomainName, 200);
        Assert.True(DhcpMessage.TryParse(bytes, out _));
        bytes[242] = 3;
        Assert.False(DhcpMessage.TryParse(bytes, out _));
        bytes[242] = 4;
        Assert.False(DhcpMessage.TryParse(bytes, out _));
    }

    [Fact]
    public void What_is_not_whole_is_refused()
    {
        var bytes = Valid(DhcpOption.MessageType, 1, 2, DhcpOption.End);
        Assert.True(DhcpMessage.TryParse(bytes, out _));
        for (var length = 0; length < DhcpMessage.HeaderSize; length++)
        {
            Assert.False(DhcpMessage.TryParse(bytes.AsSpan(0, length), out _));
        }

        Assert.False(DhcpMessage.TryParse(bytes.AsSpan(0, 241), out _));
        Assert.False(DhcpMessage.TryParse(bytes.AsSpan(0, 242), out _));
        foreach (var (offset, value) in new[] { (0, 3), (1, 6), (2, 16), (236, 0), (241, 200) })
        {
            var changed = bytes.ToArray();
            changed[offset] = (byte)value;
            Assert.False(DhcpMessage.TryParse(changed, out _));
        }
    }

    [Fact]
    public void Routes_are_read_as_they_were_written()
        => Check(
            Gen.Zip(Gen.Zip(s_number, Gen.Choose(0, 32)), s_number).ListOf(),
            items =>
            {
                var routes = items.Select(item => new DhcpRoute(
                    new IpNetwork(new IpNetwork(new Ipv4Address(item.Item1.Item1), item.Item1.Item2).Prefix, item.Item1.Item2), new Ipv4Address(item.Item2 | 1))).ToList();
                ReadOnlySpan<byte> bytes = ClasslessRoutes.Write(routes);
                foreach (var route in routes)
                {
                    Assert.True(ClasslessRoutes.TryRead(ref bytes, out var read));
                    Assert.Equal(route, read);
                }

                Assert.True(bytes.IsEmpty);
            });

    [Fact]
    public void Routes_are_as_the_RFC_shows_them()
    {
        // RFC 3442, page 4: 10.17.0.0/16 is 16.10.17.
        ReadOnlySpan<byte> bytes = [16, 10, 17, 10, 0, 0, 1, 33, 1];
        Assert.True(ClasslessRoutes.TryRead(ref bytes, out var route));
        Assert.Equal(new DhcpRoute(IpNetwork.Parse("10.17.0.0/16"), new Ipv4Address(10, 0, 0, 1)), route);
        Assert.False(ClasslessRoutes.TryRead(ref bytes, out _));
        bytes = [0, 0, 0, 0, 0];
        Assert.True(ClasslessRoutes.TryRead(ref bytes, out route));
        Assert.Equal(new DhcpRoute(IpNetwork.Parse("0.0.0.0/0"), IpAddress.None), route);
        bytes = [24, 1, 2, 3, 4, 5, 6];
        Assert.False(ClasslessRoutes.TryRead(ref bytes, out _));
    }

    private static byte[] Valid(params object[] options)
    {
        var bytes = new byte[DhcpWriter.MinimumSize];
        MakeValid(bytes);
        Put(bytes, DhcpMessage.HeaderSize, options);
        return bytes;
    }

    private static void MakeValid(byte[] bytes)
    {
        (bytes[0], bytes[1], bytes[2]) = (2, 1, 6);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(236), 0x63825363);
    }

    private static void Put(byte[] bytes, int offset, params object[] options)
    {
        foreach (var option in options)
        {
            bytes[offset++] = option is DhcpOption code ? (byte)code : Convert.ToByte(option, null);
        }
    }

    private static Gen<byte[]> Bytes(int length) => Gen.Choose(0, 255).Select(x => (byte)x).ArrayOf(length);

    private static void Check<T>(Gen<T> gen, Action<T> body) => Prop.ForAll(Arb.From(gen), body).QuickCheckThrowOnFailure();
}
