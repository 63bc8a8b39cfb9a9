using System.Net;

namespace Mirage.Types.Tests.Addresses;

public sealed class Ipv4AddressTests
{
    [Fact]
    public void Text_and_bytes_are_those_of_the_system_type()
        => AddressGen.Check(AddressGen.Ipv4, address =>
        {
            var expected = new IPAddress(Bytes(address));
            TextForm.AssertFormats(address, expected.ToString());
            TextForm.AssertParses(expected.ToString(), address);
            Assert.Equal(expected, address.ToIPAddress());
            Assert.Equal(IPAddress.IsLoopback(expected), address.IsLoopback);
            Assert.Equal(address, new Ipv4Address(Bytes(address)));
        });

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("1")]
    [InlineData("1.2.3")]
    [InlineData("1.2.3.")]
    [InlineData(".1.2.3")]
    [InlineData("1..2.3")]
    [InlineData("1.2.3.4.")]
    [InlineData("1.2.3.4.5")]
    [InlineData("1.2.3.4 ")]
    [InlineData(" 1.2.3.4")]
    [InlineData("1.2.3.4x")]
    [InlineData("1.2.3.4\0")]
    [InlineData("256.1.1.1")]
    [InlineData("1.1.1.256")]
    [InlineData("1.1.1.999")]
    [InlineData("1.1.1.1000")]
    [InlineData("01.2.3.4")]
    [InlineData("1.2.3.04")]
    [InlineData("00.0.0.0")]
    [InlineData("0x1.2.3.4")]
    [InlineData("+1.2.3.4")]
    [InlineData("-1.2.3.4")]
    [InlineData("1.2.3.4/24")]
    [InlineData("1,2,3,4")]
    [InlineData("١.٢.٣.٤")]
    [InlineData("::1")]
    [InlineData("host")]
    public void Malformed_text_is_refused(string text) => TextForm.AssertRefused<Ipv4Address>(text);

    [Fact]
    public void Null_is_refused() => TextForm.AssertNullRefused<Ipv4Address>();

    [Fact]
    public void Garbage_never_throws_and_what_is_taken_is_written_the_same()
        => AddressGen.Check(AddressGen.Garbage, text =>
        {
            if (Ipv4Address.TryParse(text, null, out var address))
            {
                Assert.Equal(text, address.ToString());
            }
        });

    [Theory]
    [InlineData("0.0.0.0", true, false, false, false, false)]
    [InlineData("127.0.0.1", false, true, false, false, false)]
    [InlineData("127.255.255.255", false, true, false, false, false)]
    [InlineData("126.255.255.255", false, false, false, false, false)]
    [InlineData("128.0.0.0", false, false, false, false, false)]
    [InlineData("224.0.0.0", false, false, true, false, false)]
    [InlineData("239.255.255.255", false, false, true, false, false)]
    [InlineData("223.255.255.255", false, false, false, false, false)]
    [InlineData("240.0.0.0", false, false, false, false, false)]
    [InlineData("255.255.255.255", false, false, false, true, false)]
    [InlineData("169.254.0.1", false, false, false, false, true)]
    [InlineData("169.255.0.1", false, false, false, false, false)]
    public void Special_addresses_are_known(string text, bool any, bool loopback, bool multicast, bool broadcast, bool linkLocal)
    {
        var address = Ipv4Address.Parse(text);
        Assert.Equal(
            (any, loopback, multicast, broadcast, linkLocal),
            (address.IsAny, address.IsLoopback, address.IsMulticast, address.IsBroadcast, address.IsLinkLocal));
    }

    [Fact]
    public void Named_addresses_are_what_they_say()
    {
        Assert.Equal(IPAddress.Any, Ipv4Address.Any.ToIPAddress());
        Assert.Equal(IPAddress.Loopback, Ipv4Address.Loopback.ToIPAddress());
        Assert.Equal(IPAddress.Broadcast, Ipv4Address.Broadcast.ToIPAddress());
        Assert.Equal(0x0a00_0002u, new Ipv4Address(10, 0, 0, 2).Value);
    }

    [Fact]
    public void Order_is_numeric()
    {
        Ipv4Address low = new(9, 255, 255, 255), high = new(200, 0, 0, 0), same = new(200, 0, 0, 0);
        Assert.True(low < high && high > low && low <= high && high >= low && low != high && high == same && high <= same && high >= same);
        Assert.False(high < low || low > high || high <= low || low >= high || low == high || high != same || high < same || high > same);
        Assert.True(low.CompareTo(high) < 0 && high.CompareTo(low) > 0 && high.CompareTo(same) == 0);
    }

    private static byte[] Bytes(Ipv4Address address)
    {
        var bytes = new byte[Ipv4Address.Size];
        address.CopyTo(bytes);
        return bytes;
    }
}
