using System.Buffers.Binary;
using Mirage.Net.TcpIp.Wire;
using FsCheck.Fluent;

namespace Mirage.Net.TcpIp.Tests.Wire;

public sealed class Ipv4PacketTests
{
    [Fact]
    public void What_is_written_is_read()
        => WireGen.Check(
            from trafficClass in WireGen.Byte
            from identification in WireGen.UInt16
            from dontFragment in WireGen.Bool
            from moreFragments in WireGen.Bool
            from offset in Gen.Choose(0, 0x1fff)
            from timeToLive in WireGen.Byte
            from protocol in WireGen.Byte
            from source in WireGen.Ipv4
            from destination in WireGen.Ipv4
            from payload in Gen.Choose(0, 100)
            select new Ipv4Header
            {
                TrafficClass = trafficClass,
                TotalLength = (ushort)(payload + Ipv4Packet.HeaderSize),
                Identification = identification,
                DontFragment = dontFragment,
                MoreFragments = moreFragments,
                FragmentOffset = offset * 8,
                TimeToLive = timeToLive,
                Protocol = (IpProtocol)protocol,
                Source = source,
                Destination = destination,
            },
            x =>
            {
                var bytes = new byte[x.TotalLength];
                Ipv4Packet.Write(bytes, x);
                Assert.Equal(0xffff, ReferenceChecksum.Fold(bytes.AsSpan(0, Ipv4Packet.HeaderSize)));
                Assert.Equal(Ipv4ParseStatus.Valid, Ipv4Packet.TryParse(bytes, out var packet));
                Assert.Equal(Ipv4Packet.HeaderSize, packet.HeaderLength);
                Assert.Equal(x.TotalLength, packet.Packet.Length);
                Assert.Equal(x.TotalLength - Ipv4Packet.HeaderSize, packet.Payload.Length);
                Assert.Equal(x.TrafficClass, packet.TrafficClass);
                Assert.Equal(x.Identification, packet.Identification);
                Assert.Equal(x.DontFragment, packet.DontFragment);
                Assert.Equal(x.MoreFragments, packet.MoreFragments);
                Assert.Equal(x.FragmentOffset, packet.FragmentOffset);
                Assert.Equal(x.MoreFragments || x.FragmentOffset > 0, packet.IsFragment);
                Assert.Equal(x.TimeToLive, packet.TimeToLive);
                Assert.Equal(x.Protocol, packet.Protocol);
                Assert.Equal(x.Source, packet.Source);
                Assert.Equal(x.Destination, packet.Destination);
            });

    [Fact]
    public void Every_truncation_is_refused()
    {
        var whole = Packet([], "payload"u8);
        for (var length = 0; length < whole.Length; length++)
        {
            Assert.Equal(Ipv4ParseStatus.Truncated, Parse(whole.AsSpan(0, length)));
        }

        var withOptions = Packet([1, 1, 1, 0], []);
        for (var length = 0; length < withOptions.Length; length++)
        {
            Assert.Equal(Ipv4ParseStatus.Truncated, Parse(withOptions.AsSpan(0, length)));
        }
    }

    [Fact]
    public void What_follows_the_total_length_is_left_out()
    {
        byte[] padded = [.. Packet([], "abc"u8), 9, 9, 9];
        Assert.Equal(Ipv4ParseStatus.Valid, Ipv4Packet.TryParse(padded, out var packet));
        Assert.True(packet.Payload.SequenceEqual("abc"u8));
        Assert.Equal(23, packet.Packet.Length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(15)]
    public void Every_version_but_4_is_refused(int version)
    {
        var bytes = Packet([], []);
        bytes[0] = (byte)((version << 4) | 5);
        Assert.Equal(Ipv4ParseStatus.NotIpv4, Parse(Fixed(bytes)));
    }

    [Fact]
    public void A_header_length_below_20_bytes_is_refused()
    {
        for (byte words = 0; words < 5; words++)
        {
            var bytes = Packet([], new byte[40]);
            bytes[0] = (byte)(0x40 | words);
            Assert.Equal(Ipv4ParseStatus.BadHeaderLength, Parse(bytes));
        }
    }

    [Fact]
    public void A_total_length_below_the_header_is_refused()
    {
        var bytes = Packet([1, 1, 1, 0], "payload"u8);
        for (ushort total = 0; total < 24; total++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), total);
            Assert.Equal(Ipv4ParseStatus.BadTotalLength, Parse(Fixed(bytes)));
        }
    }

    [Fact]
    public void A_wrong_bit_anywhere_in_the_header_is_refused()
    {
        var bytes = Packet([], "x"u8);
        for (var bit = 0; bit < Ipv4Packet.HeaderSize * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.NotEqual(Ipv4ParseStatus.Valid, Parse(bytes));
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        bytes[8]--;
        Assert.Equal(Ipv4ParseStatus.BadChecksum, Parse(bytes));
    }

    [Fact]
    public void Options_are_skipped()
    {
        Assert.Equal(Ipv4ParseStatus.Valid, Ipv4Packet.TryParse(Packet([1, 148, 4, 0, 0, 1, 1, 0], "data"u8), out var packet));
        Assert.Equal(28, packet.HeaderLength);
        Assert.Equal(28, packet.Header.Length);
        Assert.True(packet.Payload.SequenceEqual("data"u8));
    }

    [Fact]
    public void A_header_of_60_bytes_without_payload_is_valid()
    {
        var options = new byte[40];
        options.AsSpan().Fill(1);
        Assert.Equal(Ipv4ParseStatus.Valid, Ipv4Packet.TryParse(Packet(options, []), out var packet));
        Assert.Equal(Ipv4Packet.MaxHeaderSize, packet.HeaderLength);
        Assert.True(packet.Payload.IsEmpty);
    }

    [Theory]
    [InlineData(131)]
    [InlineData(137)]
    public void Source_routes_are_refused_wherever_they_are(byte kind)
    {
        Assert.Equal(Ipv4ParseStatus.SourceRoute, Parse(Packet([kind, 3, 4, 0], [])));
        Assert.Equal(Ipv4ParseStatus.SourceRoute, Parse(Packet([1, 148, 4, 0, 0, kind, 3, 4], [])));
    }

    [Fact]
    public void What_follows_the_end_of_options_is_not_read()
        => Assert.Equal(Ipv4ParseStatus.Valid, Parse(Packet([0, 131, 3, 4], [])));

    [Theory]
    [InlineData(7, 0, 0, 0)]
    [InlineData(7, 1, 0, 0)]
    [InlineData(7, 5, 0, 0)]
    [InlineData(7, 255, 0, 0)]
    [InlineData(1, 1, 1, 7)]
    public void Malformed_options_are_refused(byte a, byte b, byte c, byte d)
        => Assert.Equal(Ipv4ParseStatus.BadOption, Parse(Packet([a, b, c, d], "payload"u8)));

    [Fact]
    public void The_last_fragment_of_the_longest_datagram_has_its_offset()
    {
        var bytes = new byte[Ipv4Packet.HeaderSize];
        Ipv4Packet.Write(bytes, new Ipv4Header { TotalLength = 20, FragmentOffset = 65_528 });
        Assert.Equal(Ipv4ParseStatus.Valid, Ipv4Packet.TryParse(bytes, out var packet));
        Assert.Equal(65_528, packet.FragmentOffset);
        Assert.False(packet.MoreFragments);
        Assert.False(packet.DontFragment);
        Assert.True(packet.IsFragment);
    }

    internal static byte[] Packet(ReadOnlySpan<byte> options, ReadOnlySpan<byte> payload)
    {
        byte[] bytes = [.. new byte[Ipv4Packet.HeaderSize], .. options, .. payload];
        Ipv4Packet.Write(bytes, new Ipv4Header
        {
            TotalLength = (ushort)bytes.Length,
            TimeToLive = 64,
            Protocol = IpProtocol.Udp,
            Source = Captures.HostA.V4,
            Destination = Captures.HostB.V4,
        });
        bytes[0] = (byte)(0x45 + (options.Length / 4));
        return Fixed(bytes);
    }

    internal static byte[] Fixed(byte[] bytes)
    {
        var length = Math.Clamp((bytes[0] & 0xf) * 4, Ipv4Packet.HeaderSize, bytes.Length);
        bytes[10] = bytes[11] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(10), (ushort)~ReferenceChecksum.Fold(bytes.AsSpan(0, length)));
        return bytes;
    }

    private static Ipv4ParseStatus Parse(ReadOnlySpan<byte> bytes) => Ipv4Packet.TryParse(bytes, out _);
}
