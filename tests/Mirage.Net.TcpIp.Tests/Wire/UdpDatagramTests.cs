using System.Buffers.Binary;
using Mirage.Net.TcpIp.Wire;
using FsCheck.Fluent;

namespace Mirage.Net.TcpIp.Tests.Wire;

public sealed class UdpDatagramTests
{
    private static readonly IpAddress s_v6A = Ipv6Address.Parse("2001:db8::1");
    private static readonly IpAddress s_v6B = Ipv6Address.Parse("2001:db8::2");

    [Fact]
    public void What_is_written_is_read_and_its_checksum_is_right()
        => WireGen.Check(
            from source in WireGen.UInt16 from destination in WireGen.UInt16 from payload in WireGen.BytesUpTo(100)
            from v6 in WireGen.Bool
            select (source, destination, payload, v6),
            x =>
            {
                var (from, to) = x.v6 ? (s_v6A, s_v6B) : (Captures.HostA, Captures.HostB);
                var bytes = Datagram(from, to, x.source, x.destination, x.payload);
                Assert.True(UdpDatagram.TryParse(bytes, out var udp));
                Assert.Equal(x.source, udp.SourcePort);
                Assert.Equal(x.destination, udp.DestinationPort);
                Assert.Equal(bytes.Length, udp.Length);
                Assert.NotEqual(0, udp.Checksum);
                Assert.True(udp.Payload.SequenceEqual(x.payload));
                Assert.True(udp.VerifyChecksum(from, to));
            });

    [Fact]
    public void Every_truncation_is_refused()
    {
        var whole = Captures.UdpHello[34..];
        for (var length = 0; length < whole.Length; length++)
        {
            Assert.False(UdpDatagram.TryParse(whole.AsSpan(0, length), out _));
        }
    }

    [Fact]
    public void A_length_below_the_header_is_refused()
    {
        var bytes = Captures.UdpHello[34..];
        for (ushort length = 0; length < UdpDatagram.HeaderSize; length++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(4), length);
            Assert.False(UdpDatagram.TryParse(bytes, out _));
        }
    }

    [Fact]
    public void What_follows_the_length_is_left_out_of_payload_and_checksum()
    {
        byte[] padded = [.. Captures.UdpHello[34..], 1, 2, 3];
        Assert.True(UdpDatagram.TryParse(padded, out var udp));
        Assert.True(udp.Payload.SequenceEqual("hello"u8));
        Assert.Equal(13, udp.Datagram.Length);
        Assert.True(udp.VerifyChecksum(Captures.HostA, Captures.HostB));
    }

    [Fact]
    public void Any_wrong_bit_in_ports_checksum_payload_or_addresses_makes_the_checksum_wrong()
    {
        var bytes = Captures.UdpHello[34..];
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            if (bit / 8 is 4 or 5)
            {
                continue; // The length; TryParse trims by it.
            }

            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.True(UdpDatagram.TryParse(bytes, out var changed));
            Assert.False(changed.VerifyChecksum(Captures.HostA, Captures.HostB));
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.True(UdpDatagram.TryParse(bytes, out var udp));
        Assert.False(udp.VerifyChecksum(Captures.HostA, new Ipv4Address(10, 9, 0, 3)));
        Assert.False(udp.VerifyChecksum(new Ipv4Address(10, 9, 1, 1), Captures.HostB));
    }

    [Fact]
    public void An_absent_checksum_is_right_on_IPv4_and_wrong_on_IPv6()
    {
        var bytes = Captures.UdpHello[34..];
        bytes[6] = bytes[7] = 0;
        Assert.True(UdpDatagram.TryParse(bytes, out var udp));
        Assert.True(udp.VerifyChecksum(Captures.HostA, Captures.HostB));
        Assert.False(udp.VerifyChecksum(s_v6A, s_v6B));
    }

    [Fact]
    public void A_checksum_that_comes_out_as_zero_is_sent_as_all_ones_and_verified()
    {
        foreach (var (from, to) in new[] { (Captures.HostA, Captures.HostB), (s_v6A, s_v6B) })
        {
            // Two bytes of payload that complement the sum of everything else.
            var probe = Datagram(from, to, 1, 2, [0, 0]);
            var bytes = Datagram(from, to, 1, 2, probe[6..8]);
            Assert.Equal(0xffff, BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(6)));
            Assert.True(UdpDatagram.TryParse(bytes, out var udp));
            Assert.True(udp.VerifyChecksum(from, to));
        }
    }

    private static byte[] Datagram(IpAddress from, IpAddress to, ushort source, ushort destination, byte[] payload)
    {
        var bytes = new byte[UdpDatagram.HeaderSize + payload.Length];
        var length = (ushort)bytes.Length;
        UdpDatagram.WriteHeader(bytes, source, destination, length, 0);
        payload.CopyTo(bytes.AsSpan(UdpDatagram.HeaderSize));
        var sum = InternetChecksum.Sum(bytes, InternetChecksum.PseudoHeader(from, to, IpProtocol.Udp, length));
        UdpDatagram.WriteHeader(bytes, source, destination, length, UdpDatagram.ComputeChecksum(sum));
        return bytes;
    }
}
