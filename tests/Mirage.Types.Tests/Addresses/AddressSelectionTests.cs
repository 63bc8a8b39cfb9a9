namespace Mirage.Types.Tests.Addresses;

/// <summary>Default address selection (RFC 6724).</summary>
public sealed class AddressSelectionTests
{
    [Theory]
    [InlineData("::1", 50, 0)]
    [InlineData("2001:db8::1", 40, 1)]
    [InlineData("192.0.2.1", 35, 4)]
    [InlineData("::ffff:192.0.2.1", 35, 4)]
    [InlineData("2002::1", 30, 2)]
    [InlineData("2001::1", 5, 5)]
    [InlineData("fc00::1", 3, 13)]
    [InlineData("fd12::1", 3, 13)]
    [InlineData("::192.0.2.1", 1, 3)]
    [InlineData("fec0::1", 1, 11)]
    [InlineData("3ffe::1", 1, 12)]
    public void Section_2_1_the_policy_table_is_the_RFC_s(string address, int precedence, int label)
        => Assert.Equal((precedence, label), (AddressSelection.Precedence(IpAddress.Parse(address)), AddressSelection.Label(IpAddress.Parse(address))));

    [Theory]
    [InlineData("fe80::1", 2)]
    [InlineData("::1", 2)]
    [InlineData("fec0::1", 5)]
    [InlineData("fd00::1", 14)]
    [InlineData("2001:db8::1", 14)]
    [InlineData("ff02::1", 2)]
    [InlineData("ff0e::1", 14)]
    [InlineData("169.254.1.1", 2)]
    [InlineData("127.0.0.1", 2)]
    [InlineData("10.0.0.1", 14)]
    public void Section_3_each_address_has_a_scope(string address, int scope) => Assert.Equal(scope, AddressSelection.Scope(IpAddress.Parse(address)));

    /// <summary>The examples of §10.2 and some more: destinations, the source for each, "-" where there is none.</summary>
    [Theory]
    [InlineData("2001:db8:1::1 198.51.100.121", "2001:db8:1::2 169.254.13.78", "2001:db8:1::1 198.51.100.121")]
    [InlineData("2001:db8:1::1 198.51.100.121", "fe80::1 198.51.100.117", "198.51.100.121 2001:db8:1::1")]
    [InlineData("2001:db8:1::1 10.1.2.3", "2001:db8:1::2 10.1.2.4", "2001:db8:1::1 10.1.2.3")]
    [InlineData("2001:db8:1::1 fe80::1", "2001:db8:1::2 fe80::2", "fe80::1 2001:db8:1::1")]
    [InlineData("2002:c633:6401::1 2001:db8:1::1", "2002:c633:6401::2 2002:c633:6401::2", "2002:c633:6401::1 2001:db8:1::1")]
    [InlineData("2002:c633:6401::1 2001:db8:1::1", "2002:c633:6401::2 2001:db8:1::2", "2001:db8:1::1 2002:c633:6401::1")]
    [InlineData("10.0.0.5 2001:db8::1", "10.0.0.1 -", "10.0.0.5 2001:db8::1")]
    [InlineData("2001:db8::1 10.0.0.5", "- 10.0.0.1", "10.0.0.5 2001:db8::1")]
    [InlineData("2001:db8:2::1 2001:db8:1::1", "2001:db8:1::2 2001:db8:1::2", "2001:db8:1::1 2001:db8:2::1")]
    [InlineData("192.0.2.9 10.0.0.5 192.0.2.1", "10.0.0.1 10.0.0.1 10.0.0.1", "192.0.2.9 10.0.0.5 192.0.2.1")]
    [InlineData("fd00::1 10.0.0.5", "fd00::2 10.0.0.1", "10.0.0.5 fd00::1")]
    public void Section_6_destinations_are_tried_in_the_order_of_the_rules(string destinations, string sources, string expected)
    {
        var addressing = new Addressing(destinations.Split(' ').Zip(sources.Split(' ')).ToDictionary(pair => IpAddress.Parse(pair.First), pair => pair.Second));
        Assert.Equal(expected, string.Join(' ', addressing.SortDestinations(destinations.Split(' ').Select(text => IpAddress.Parse(text)))));
    }

    private readonly struct Addressing(Dictionary<IpAddress, string> sources) : IIpAddressing
    {
        public IReadOnlyList<IpNetwork> Addresses => [];

        public Result<IpAddress> SelectSource(IpAddress destination)
            => sources[destination] == "-" ? ErrorKind.Unreachable : IpAddress.Parse(sources[destination]);

        public int MaxPayload(IpAddress destination) => 1280;
    }
}
