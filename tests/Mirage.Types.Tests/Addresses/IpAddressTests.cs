using System.Net;
using System.Net.Sockets;

namespace Mirage.Types.Tests.Addresses;

public sealed class IpAddressTests
{
    [Fact]
    public void Either_family_goes_to_the_system_type_and_its_text_and_back()
        => AddressGen.Check(AddressGen.Ip, address =>
        {
            var system = address.ToIPAddress();
            Assert.Equal(address.IsV4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6, system.AddressFamily);
            Assert.Equal(address, IpAddress.From(system));
            TextForm.AssertFormats(address, system.ToString());
            TextForm.AssertParses(system.ToString(), address);
            Assert.Equal(address.IsV4 ? address.V4.ToString() : address.V6.ToString(), address.ToString());
            Assert.NotEqual(address.IsV4, address.IsV6);
        });

    [Fact]
    public void None_is_the_default_and_any()
    {
        Assert.Equal(default, IpAddress.None);
        Assert.Equal(IpFamily.None, IpAddress.None.Family);
        Assert.True(IpAddress.None.IsAny);
        Assert.False(IpAddress.None.IsV4 || IpAddress.None.IsV6 || IpAddress.None.IsLoopback || IpAddress.None.IsMulticast);
        Assert.Equal(IPAddress.IPv6Any, IpAddress.None.ToIPAddress());
        TextForm.AssertFormats(IpAddress.None, "*");
    }

    [Fact]
    public void Any_of_three_kinds_are_any_but_not_the_same()
    {
        IpAddress v4 = Ipv4Address.Any, v6 = Ipv6Address.Any;
        Assert.True(v4.IsAny && v6.IsAny);
        Assert.True(v4 != v6 && v4 != IpAddress.None && v6 != IpAddress.None);
        Assert.False(v4 == v6);
    }

    [Fact]
    public void Addresses_of_two_families_with_the_same_bits_differ()
        => Assert.NotEqual<IpAddress>(new Ipv4Address(1), Ipv6Address.Loopback);

    [Fact]
    public void Unmapping_gives_IPv4_for_mapped_addresses_and_leaves_all_others()
        => AddressGen.Check(AddressGen.Ip, address =>
        {
            Assert.Equal(address.IsV6 && address.V6.IsIpv4Mapped ? new Ipv4Address((uint)address.V6.Value) : address, address.Unmap());
            if (address.IsV4)
            {
                Assert.Equal(address, new IpAddress(Ipv6Address.Map(address.V4)).Unmap());
            }
        });

    [Theory]
    [InlineData("127.0.0.1", true, false)]
    [InlineData("::1", true, false)]
    [InlineData("224.0.0.1", false, true)]
    [InlineData("ff02::1", false, true)]
    [InlineData("10.0.0.1", false, false)]
    [InlineData("2001:db8::1", false, false)]
    public void Loopback_and_multicast_are_those_of_the_family(string text, bool loopback, bool multicast)
    {
        var address = IpAddress.Parse(text);
        Assert.Equal((loopback, multicast), (address.IsLoopback, address.IsMulticast));
    }

    [Theory]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("1.2.3")]
    [InlineData("::g")]
    [InlineData("10.0.0.1:80")]
    [InlineData("localhost")]
    public void Malformed_text_is_refused(string text) => TextForm.AssertRefused<IpAddress>(text);

    [Fact]
    public void Null_is_refused()
    {
        TextForm.AssertNullRefused<IpAddress>();
        Assert.Throws<ArgumentNullException>(() => IpAddress.From(null!));
    }

    [Fact]
    public void A_zone_of_the_system_type_is_dropped()
        => Assert.Equal(Ipv6Address.Parse("fe80::1"), IpAddress.From(IPAddress.Parse("fe80::1%3")));
}
