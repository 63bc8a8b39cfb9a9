using System.Net.NetworkInformation;

namespace Mirage.Types.Tests.Addresses;

public sealed class MacAddressTests
{
    [Fact]
    public void Text_and_bytes_are_those_of_the_system_type()
        => AddressGen.Check(AddressGen.Mac, address =>
        {
            var bytes = new byte[MacAddress.Size];
            address.CopyTo(bytes);
            var system = address.ToPhysicalAddress();
            Assert.Equal(bytes, system.GetAddressBytes());
            Assert.Equal(address, new MacAddress(bytes));
            var text = BitConverter.ToString(bytes);
            TextForm.AssertFormats(address, text.Replace('-', ':').ToLowerInvariant());
            TextForm.AssertParses(text, address);
            TextForm.AssertParses(address.ToString(), address);
            Assert.Equal(PhysicalAddress.Parse(text), system);
        });

    [Theory]
    [InlineData("")]
    [InlineData("02:00:5e:10:00")]
    [InlineData("02:00:5e:10:00:01:02")]
    [InlineData("02:00:5e:10:00:1")]
    [InlineData("02:00:5e:10:00-01")]
    [InlineData("02-00:5e:10:00:01")]
    [InlineData("02.00.5e.10.00.01")]
    [InlineData("0200.5e10.0001")]
    [InlineData("02005e100001")]
    [InlineData("02:00:5e:10:00:0g")]
    [InlineData("02:00:5e:10:00: 1")]
    [InlineData("02:00:5e:10:00:1 ")]
    [InlineData("02:00:5e:10:00:+1")]
    [InlineData("02:00:5e:10:00:1\0")]
    [InlineData("1\0:00:5e:10:00:01")]
    [InlineData(":2:00:5e:10:00:01")]
    [InlineData("02:00:5e:10:00:01 ")]
    public void Malformed_text_is_refused(string text) => TextForm.AssertRefused<MacAddress>(text);

    [Fact]
    public void Null_is_refused() => TextForm.AssertNullRefused<MacAddress>();

    [Fact]
    public void Group_broadcast_and_zero_are_told_apart()
    {
        Assert.True(MacAddress.Broadcast.IsBroadcast && MacAddress.Broadcast.IsMulticast && !MacAddress.Broadcast.IsZero);
        Assert.True(default(MacAddress).IsZero && !default(MacAddress).IsMulticast && !default(MacAddress).IsBroadcast);
        Assert.True(MacAddress.Parse("01:00:00:00:00:00").IsMulticast);
        Assert.False(MacAddress.Parse("fe:ff:ff:ff:ff:ff").IsMulticast);
        Assert.Equal("ff:ff:ff:ff:ff:ff", MacAddress.Broadcast.ToString());
    }

    [Fact]
    public void A_local_address_carries_the_low_40_bits_and_is_never_a_group()
    {
        Assert.Equal("02:00:00:00:00:01", MacAddress.Local(1).ToString());
        Assert.Equal("02:ff:ff:ff:ff:ff", MacAddress.Local(ulong.MaxValue).ToString());
        Assert.False(MacAddress.Local(ulong.MaxValue).IsMulticast);
    }

    [Theory]
    [InlineData("224.0.0.1", "01:00:5e:00:00:01")]
    [InlineData("239.129.2.3", "01:00:5e:01:02:03")]
    [InlineData("239.255.255.255", "01:00:5e:7f:ff:ff")]
    [InlineData("ff02::1", "33:33:00:00:00:01")]
    [InlineData("ff02::1:ff12:3456", "33:33:ff:12:34:56")]
    public void Groups_map_to_Ethernet_groups(string group, string expected)
    {
        var address = IpAddress.Parse(group);
        var mac = address.IsV4 ? MacAddress.ForMulticast(address.V4) : MacAddress.ForMulticast(address.V6);
        Assert.Equal(expected, mac.ToString());
        Assert.True(mac.IsMulticast);
    }

    [Fact]
    public void Addresses_are_the_same_or_differ_by_value()
    {
        Assert.True(MacAddress.Local(1) == MacAddress.Local(1) && MacAddress.Local(1) != MacAddress.Local(2));
        Assert.False(MacAddress.Local(1) != MacAddress.Local(1) || MacAddress.Local(1) == MacAddress.Local(2));
    }
}
