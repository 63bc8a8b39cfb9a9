using System.Net;

namespace Mirage.Types.Tests.Addresses;

public sealed class Ipv6AddressTests
{
    [Fact]
    public void Text_and_bytes_are_those_of_the_system_type()
        => AddressGen.Check(AddressGen.Ipv6, address =>
        {
            var expected = new IPAddress(Bytes(address));
            TextForm.AssertFormats(address, expected.ToString());
            TextForm.AssertParses(expected.ToString(), address);
            Assert.Equal(expected, address.ToIPAddress());

            // To the system's type 127.0.0.1 is loopback in its mapped form too, but no other of its network.
            Assert.Equal(IPAddress.IsLoopback(expected), address.IsLoopback || address == Ipv6Address.Map(Ipv4Address.Loopback));
            Assert.Equal(expected.IsIPv6Multicast, address.IsMulticast);
            Assert.Equal(expected.IsIPv6LinkLocal, address.IsLinkLocal);
            Assert.Equal(expected.IsIPv4MappedToIPv6, address.IsIpv4Mapped);
            Assert.Equal(address, new Ipv6Address(Bytes(address)));
        });

    // RFC 5952 §4 and §5.
    [Theory]
    [InlineData("2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1")]
    [InlineData("2001:DB8::1", "2001:db8::1")]
    [InlineData("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1")]
    [InlineData("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1")]
    [InlineData("2001:0:0:1:0:0:0:1", "2001:0:0:1::1")]
    [InlineData("0:0:0:0:0:0:0:0", "::")]
    [InlineData("0:0:0:0:0:0:0:1", "::1")]
    [InlineData("1:0:0:0:0:0:0:0", "1::")]
    [InlineData("::ffff:192.0.2.1", "::ffff:192.0.2.1")]
    [InlineData("::ffff:c000:201", "::ffff:192.0.2.1")]
    [InlineData("1:2:3:4:5:6:7.8.9.10", "1:2:3:4:5:6:708:90a")]
    [InlineData("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0")]
    public void Text_is_canonical(string text, string expected) => Assert.Equal(expected, Ipv6Address.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData(":")]
    [InlineData(":::")]
    [InlineData("1")]
    [InlineData("1:2:3:4:5:6:7")]
    [InlineData("1:2:3:4:5:6:7:8:9")]
    [InlineData("1::2::3")]
    [InlineData("1:2:3:4:5:6:7:8::")]
    [InlineData("::1:2:3:4:5:6:7:8")]
    [InlineData("1:2:3:4::5:6:7:8")]
    [InlineData(":1:2:3:4:5:6:7:8")]
    [InlineData("1:2:3:4:5:6:7:8:")]
    [InlineData("12345::")]
    [InlineData("00001::")]
    [InlineData("g::")]
    [InlineData("::1 ")]
    [InlineData(" ::1")]
    [InlineData("::1\0")]
    [InlineData("::1%eth0")]
    [InlineData("fe80::1%1")]
    [InlineData("[::1]")]
    [InlineData("[::1]:80")]
    [InlineData("::1/64")]
    [InlineData("1.2.3.4")]
    [InlineData("::1.2.3")]
    [InlineData("::1.2.3.4.5")]
    [InlineData("::1.2.3.256")]
    [InlineData("::01.2.3.4")]
    [InlineData("::1.2.3.4:5")]
    [InlineData("1:2:3:4:5:6:7:1.2.3.4")]
    [InlineData("::0x1")]
    [InlineData("::-1")]
    [InlineData("::ffff:1.2.3.4.")]
    [InlineData("::1.2..4")]
    [InlineData("0000:0000:0000:0000:0000:0000:255.255.255.2555")]
    public void Malformed_text_is_refused(string text) => TextForm.AssertRefused<Ipv6Address>(text);

    [Fact]
    public void Null_is_refused() => TextForm.AssertNullRefused<Ipv6Address>();

    [Fact]
    public void The_longest_text_is_taken()
        => TextForm.AssertParses("0000:0000:0000:0000:0000:ffff:255.255.255.255", Ipv6Address.Map(Ipv4Address.Broadcast));

    [Fact]
    public void Garbage_never_throws_and_what_is_taken_reads_the_same_again()
        => AddressGen.Check(AddressGen.Garbage, text =>
        {
            if (Ipv6Address.TryParse(text, null, out var address))
            {
                Assert.Equal(address, Ipv6Address.Parse(address.ToString()));
            }
        });

    [Fact]
    public void Named_addresses_are_what_they_say()
    {
        Assert.Equal(IPAddress.IPv6Any, Ipv6Address.Any.ToIPAddress());
        Assert.Equal(IPAddress.IPv6Loopback, Ipv6Address.Loopback.ToIPAddress());
        Assert.True(Ipv6Address.Any.IsAny);
        Assert.False(Ipv6Address.Loopback.IsAny);
        Assert.Equal(IPAddress.Parse("10.0.0.2").MapToIPv6(), Ipv6Address.Map(new(10, 0, 0, 2)).ToIPAddress());
    }

    [Theory]
    [InlineData("fe80::", true)]
    [InlineData("febf:ffff::1", true)]
    [InlineData("fec0::", false)]
    [InlineData("fe7f::", false)]
    public void Link_local_is_ten_bits(string text, bool expected) => Assert.Equal(expected, Ipv6Address.Parse(text).IsLinkLocal);

    [Fact]
    public void Order_is_numeric()
    {
        Ipv6Address low = new(UInt128.One), high = new(UInt128.MaxValue), same = new(UInt128.MaxValue);
        Assert.True(low < high && high > low && low <= high && high >= low && low != high && high == same && high <= same && high >= same);
        Assert.False(high < low || low > high || high <= low || low >= high || low == high || high != same || high < same || high > same);
        Assert.True(low.CompareTo(high) < 0 && high.CompareTo(low) > 0 && high.CompareTo(same) == 0);
    }

    private static byte[] Bytes(Ipv6Address address)
    {
        var bytes = new byte[Ipv6Address.Size];
        address.CopyTo(bytes);
        return bytes;
    }
}
