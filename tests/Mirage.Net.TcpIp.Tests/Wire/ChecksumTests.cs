using System.Buffers.Binary;
using FsCheck.Fluent;

namespace Mirage.Net.TcpIp.Tests.Wire;

public sealed class ChecksumTests
{
    private static readonly byte[] s_noise = Noise(1 << 17);

    [Fact]
    public void The_example_of_RFC_1071_section_3_comes_out()
    {
        byte[] data = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
        Assert.Equal(0xddf2, InternetChecksum.Fold(InternetChecksum.Sum(data)));
        Assert.Equal(0x220d, InternetChecksum.Finish(InternetChecksum.Sum(data)));
    }

    [Fact]
    public void Every_length_at_every_alignment_is_as_the_RFC_says()
    {
        for (var offset = 0; offset <= 64; offset++)
        {
            for (var length = 0; length <= 300; length++)
            {
                var data = s_noise.AsSpan(offset, length);
                Assert.Equal(ReferenceChecksum.Fold(data), InternetChecksum.Fold(InternetChecksum.Sum(data)));
            }
        }
    }

    [Fact]
    public void A_copy_of_every_length_at_every_alignment_is_exact_and_sums_the_same()
    {
        var destination = new byte[512];
        for (var offset = 0; offset <= 64; offset++)
        {
            for (var length = 0; length <= 300; length++)
            {
                destination.AsSpan().Fill(0xa5);
                var source = s_noise.AsSpan(offset, length);
                var at = 64 - offset;
                var sum = InternetChecksum.CopyAndSum(source, destination.AsSpan(at), 7);
                Assert.Equal(InternetChecksum.Fold(InternetChecksum.Sum(source, 7)), InternetChecksum.Fold(sum));
                Assert.True(source.SequenceEqual(destination.AsSpan(at, length)));
                Assert.Equal(-1, destination.AsSpan(0, at).IndexOfAnyExcept((byte)0xa5));
                Assert.Equal(-1, destination.AsSpan(at + length).IndexOfAnyExcept((byte)0xa5));
            }
        }
    }

    [Theory]
    [InlineData(1448)]
    [InlineData(1500)]
    [InlineData(9001)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(100_003)]
    public void Large_data_is_as_the_RFC_says(int length)
    {
        for (var offset = 0; offset < 9; offset++)
        {
            var data = s_noise.AsSpan(offset, length);
            var copy = new byte[length];
            Assert.Equal(ReferenceChecksum.Fold(data), InternetChecksum.Fold(InternetChecksum.Sum(data)));
            Assert.Equal(ReferenceChecksum.Fold(data), InternetChecksum.Fold(InternetChecksum.CopyAndSum(data, copy)));
            Assert.True(data.SequenceEqual(copy));
        }
    }

    [Fact]
    public void Carries_are_kept_when_every_bit_is_set()
    {
        var ones = new byte[65_536];
        ones.AsSpan().Fill(0xff);
        for (var length = 1; length <= 300; length++)
        {
            Assert.Equal(ReferenceChecksum.Fold(ones.AsSpan(0, length)), InternetChecksum.Fold(InternetChecksum.Sum(ones.AsSpan(0, length))));
        }

        Assert.Equal(0xffff, InternetChecksum.Fold(InternetChecksum.Sum(ones)));
        Assert.Equal(0xffff, InternetChecksum.Fold(InternetChecksum.CopyAndSum(ones, new byte[65_536])));
        Assert.Equal(ReferenceChecksum.Fold(ones.AsSpan(1)), InternetChecksum.Fold(InternetChecksum.Sum(ones.AsSpan(1))));
    }

    [Theory]
    [InlineData(0xffff_ffff_ffff_ffff, 0xffff)]
    [InlineData(0xffff_ffff_0000_0001, 0x0001)]
    [InlineData(0x0000_0001_ffff_ffff, 0x0001)]
    [InlineData(0x0000_0000_0001_ffff, 0x0001)]
    [InlineData(0x0000_0000_ffff_0001, 0x0001)]
    [InlineData(0x8000_0000_8000_0000, 0x0001)]
    [InlineData(0, 0)]
    public void Folding_brings_every_carry_around(ulong sum, int expected)
    {
        var folded = InternetChecksum.Fold(sum);
        Assert.Equal(expected, BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(folded) : folded);
    }

    [Fact]
    public void Sums_of_parts_combine_by_addition()
        => WireGen.Check(
            from data in WireGen.BytesUpTo(400) from cut in Gen.Choose(0, data.Length / 2) select (data, cut: cut * 2),
            x =>
            {
                var head = x.data.AsSpan(0, x.cut);
                var tail = x.data.AsSpan(x.cut);
                var expected = ReferenceChecksum.Fold(x.data);
                Assert.Equal(expected, InternetChecksum.Fold(InternetChecksum.Sum(head) + InternetChecksum.Sum(tail)));
                Assert.Equal(expected, InternetChecksum.Fold(InternetChecksum.Sum(tail, InternetChecksum.Sum(head))));
                Assert.Equal(expected, InternetChecksum.Fold(InternetChecksum.CopyAndSum(tail, new byte[tail.Length], InternetChecksum.Sum(head))));
            });

    [Fact]
    public void Data_with_its_checksum_in_place_is_valid_and_with_any_one_byte_changed_is_not()
        => WireGen.Check(
            from data in WireGen.BytesUpTo(200).Where(x => x.Length >= 2)
            from at in Gen.Choose(0, data.Length - 1)
            from change in Gen.Choose(1, 255)
            select (data, at, change),
            x =>
            {
                var data = (byte[])x.data.Clone();
                data[0] = data[1] = 0;
                BinaryPrimitives.WriteUInt16BigEndian(data, InternetChecksum.Finish(InternetChecksum.Sum(data)));
                Assert.True(InternetChecksum.IsValid(InternetChecksum.Sum(data)));
                data[x.at] ^= (byte)x.change;
                Assert.False(InternetChecksum.IsValid(InternetChecksum.Sum(data)));
            });

    [Fact]
    public void Pseudo_headers_of_IPv4_are_as_written_out()
        => WireGen.Check(
            from source in WireGen.Ipv4 from destination in WireGen.Ipv4 from protocol in WireGen.Byte from length in WireGen.UInt16
            select (source: new IpAddress(source), destination: new IpAddress(destination), protocol: (IpProtocol)protocol, length: (int)length),
            x => AssertPseudoHeader(x.source, x.destination, x.protocol, x.length));

    [Fact]
    public void Pseudo_headers_of_IPv6_are_as_written_out()
        => WireGen.Check(
            from source in WireGen.Ipv6 from destination in WireGen.Ipv6 from protocol in WireGen.Byte from length in Gen.Choose(0, 1 << 20)
            select (source: new IpAddress(source), destination: new IpAddress(destination), protocol: (IpProtocol)protocol, length),
            x => AssertPseudoHeader(x.source, x.destination, x.protocol, x.length));

    [Fact]
    public void A_pseudo_header_of_all_ones_carries()
    {
        AssertPseudoHeader(Ipv4Address.Broadcast, Ipv4Address.Broadcast, (IpProtocol)255, 65_535);
        var ones = new Ipv6Address(UInt128.MaxValue);
        AssertPseudoHeader(ones, ones, (IpProtocol)255, int.MaxValue);
    }

    [Fact]
    public void A_copy_to_a_shorter_destination_is_refused()
        => Assert.Throws<ArgumentException>(() => InternetChecksum.CopyAndSum(new byte[10], new byte[9]));

    private static void AssertPseudoHeader(IpAddress source, IpAddress destination, IpProtocol protocol, int length)
        => Assert.Equal(
            ReferenceChecksum.Fold(ReferenceChecksum.PseudoHeader(source, destination, protocol, length)),
            InternetChecksum.Fold(InternetChecksum.PseudoHeader(source, destination, protocol, length)));

    private static byte[] Noise(int length)
    {
        var bytes = new byte[length];
        new Random(1071).NextBytes(bytes);
        return bytes;
    }
}
