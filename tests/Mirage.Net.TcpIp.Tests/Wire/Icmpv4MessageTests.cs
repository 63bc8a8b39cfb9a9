using Mirage.Net.TcpIp.Wire;
using FsCheck.Fluent;

namespace Mirage.Net.TcpIp.Tests.Wire;

public sealed class Icmpv4MessageTests
{
    private static byte[] Echo => Captures.EchoRequest[34..];

    [Fact]
    public void What_is_written_is_read()
        => WireGen.Check(
            from type in WireGen.Byte from code in WireGen.Byte from rest in WireGen.UInt32 from payload in WireGen.BytesUpTo(80)
            select (type: (Icmpv4Type)type, code, rest, payload),
            x =>
            {
                byte[] bytes = [.. new byte[Icmpv4Message.HeaderSize], .. x.payload];
                Icmpv4Message.Write(bytes, x.type, x.code, x.rest);
                Assert.True(Icmpv4Message.TryParse(bytes, out var message));
                Assert.Equal(x.type, message.Type);
                Assert.Equal(x.code, message.Code);
                Assert.Equal(x.rest, message.Rest);
                Assert.Equal(x.rest >> 16, message.Identifier);
                Assert.Equal(x.rest & 0xffff, message.Sequence);
                Assert.True(message.Payload.SequenceEqual(x.payload));
            });

    [Fact]
    public void Every_truncation_that_the_checksum_can_tell_is_refused()
    {
        // The last five bytes are zero: without them the checksum is the same.
        for (var length = 0; length < Echo.Length - 5; length++)
        {
            Assert.False(Icmpv4Message.TryParse(Echo.AsSpan(0, length), out _));
        }
    }

    [Fact]
    public void A_header_alone_is_a_message()
    {
        var bytes = new byte[Icmpv4Message.HeaderSize];
        Icmpv4Message.Write(bytes, Icmpv4Type.EchoRequest, 0, 1);
        Assert.True(Icmpv4Message.TryParse(bytes, out var message));
        Assert.True(message.Payload.IsEmpty);
        for (var length = 0; length < Icmpv4Message.HeaderSize; length++)
        {
            Assert.False(Icmpv4Message.TryParse(bytes.AsSpan(0, length), out _));
        }
    }

    [Fact]
    public void Any_wrong_bit_is_refused()
    {
        var bytes = Echo;
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(Icmpv4Message.TryParse(bytes, out _));
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void Fragmentation_needed_carries_the_MTU_of_the_next_hop()
    {
        byte[] bytes = [.. new byte[Icmpv4Message.HeaderSize], .. Captures.UdpHello[14..42]];
        Icmpv4Message.Write(bytes, Icmpv4Type.DestinationUnreachable, 4, 1400);
        Assert.True(Icmpv4Message.TryParse(bytes, out var message));
        Assert.Equal(4, message.Code);
        Assert.Equal(1400, message.Sequence);
        Assert.Equal(0, message.Identifier);
    }
}
