using System.Net;

namespace Mirage.Types.Tests.Addresses;

public sealed class IpNetworkTests
{
    [Fact]
    public void Text_is_read_and_written_with_the_bits_after_the_prefix()
        => AddressGen.Check(AddressGen.Network, network =>
        {
            var text = $"{network.Address.ToIPAddress()}/{network.PrefixLength}";
            TextForm.AssertFormats(network, text);
            TextForm.AssertParses(text, network);
        });

    [Fact]
    public void Prefix_and_containment_are_those_of_the_system_type()
        => AddressGen.Check(
            FsCheck.Fluent.Gen.Two(AddressGen.Network),
            x =>
            {
                var (network, other) = x;
                var system = network.ToIPNetwork();
                Assert.Equal(system.BaseAddress, network.Prefix.ToIPAddress());
                Assert.Equal(system.PrefixLength, network.PrefixLength);
                Assert.True(network.Contains(network.Address));
                Assert.True(network.Contains(network.Prefix));
                if (other.Address.Unmap() == other.Address)
                {
                    // The system type takes a mapped address for IPv4.
                    Assert.Equal(system.Contains(other.Address.ToIPAddress()), network.Contains(other.Address));
                }
            });

    [Fact]
    public void Changing_a_bit_of_the_prefix_leaves_the_network_and_any_other_bit_does_not()
        => AddressGen.Check(AddressGen.Network, network =>
        {
            var bits = network.Address.IsV4 ? 32 : 128;
            for (var bit = 0; bit < bits; bit++)
            {
                IpAddress changed = network.Address.IsV4
                    ? new Ipv4Address(network.Address.V4.Value ^ (1u << (31 - bit)))
                    : new Ipv6Address(network.Address.V6.Value ^ (UInt128.One << (127 - bit)));
                Assert.Equal(bit >= network.PrefixLength, network.Contains(changed));
            }
        });

    [Theory]
    [InlineData("10.0.0.2/24", "10.0.0.0", "10.0.0.255")]
    [InlineData("10.0.0.2/8", "10.0.0.0", "10.255.255.255")]
    [InlineData("10.0.0.2/30", "10.0.0.0", "10.0.0.3")]
    [InlineData("10.0.0.2/31", "10.0.0.2", "*")]
    [InlineData("10.0.0.2/32", "10.0.0.2", "*")]
    [InlineData("10.0.0.2/0", "0.0.0.0", "255.255.255.255")]
    [InlineData("2001:db8::1/64", "2001:db8::", "*")]
    [InlineData("2001:db8::1/0", "::", "*")]
    [InlineData("2001:db8::1/128", "2001:db8::1", "*")]
    public void Prefix_and_broadcast_are_the_first_and_last_address(string text, string prefix, string broadcast)
    {
        var network = IpNetwork.Parse(text);
        Assert.Equal(prefix, network.Prefix.ToString());
        Assert.Equal(broadcast, network.Broadcast.ToString());
    }

    [Fact]
    public void A_network_holds_no_address_of_the_other_family()
    {
        Assert.False(IpNetwork.Parse("0.0.0.0/0").Contains(Ipv6Address.Loopback));
        Assert.False(IpNetwork.Parse("::/0").Contains(Ipv4Address.Loopback));
        Assert.False(IpNetwork.Parse("::/0").Contains(IpAddress.None));
        Assert.False(IpNetwork.Parse("::ffff:0:0/96").Contains(Ipv4Address.Loopback));
    }

    [Fact]
    public void The_default_value_is_no_network_and_holds_nothing()
    {
        Assert.False(default(IpNetwork).Contains(IpAddress.None));
        Assert.False(default(IpNetwork).Contains(Ipv6Address.Any));
        Assert.Equal(IpAddress.None, default(IpNetwork).Prefix);
        Assert.Equal(IpAddress.None, default(IpNetwork).Broadcast);
        TextForm.AssertFormats(default(IpNetwork), "*/0");
    }

    [Fact]
    public void A_prefix_that_is_longer_than_the_address_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new IpNetwork(Ipv4Address.Loopback, 33));
        Assert.Throws<ArgumentOutOfRangeException>(() => new IpNetwork(Ipv6Address.Loopback, 129));
        Assert.Throws<ArgumentOutOfRangeException>(() => new IpNetwork(Ipv4Address.Loopback, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new IpNetwork(IpAddress.None, 0));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("/24")]
    [InlineData("10.0.0.2")]
    [InlineData("10.0.0.2/")]
    [InlineData("10.0.0.2/33")]
    [InlineData("10.0.0.2/256")]
    [InlineData("10.0.0.2/-1")]
    [InlineData("10.0.0.2/+1")]
    [InlineData("10.0.0.2/ 1")]
    [InlineData("10.0.0.2/1 ")]
    [InlineData("10.0.0.2/1\0")]
    [InlineData("10.0.0.2/255.255.255.0")]
    [InlineData("10.0.0.2/24/24")]
    [InlineData("10.0.0/24")]
    [InlineData("*/0")]
    [InlineData("::/129")]
    [InlineData("2001:db8::1%1/64")]
    public void Malformed_text_is_refused(string text) => TextForm.AssertRefused<IpNetwork>(text);

    [Fact]
    public void Null_is_refused() => TextForm.AssertNullRefused<IpNetwork>();

    [Fact]
    public void Networks_differ_by_address_and_by_length()
    {
        var network = IpNetwork.Parse("10.0.0.2/24");
        Assert.True(network != IpNetwork.Parse("10.0.0.2/25") && network != IpNetwork.Parse("10.0.0.3/24"));
        Assert.True(network == new IpNetwork(new Ipv4Address(10, 0, 0, 2), 24));
    }
}
