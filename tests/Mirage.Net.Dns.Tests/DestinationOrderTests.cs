namespace Mirage.Net.Dns.Tests;

/// <summary>The examples of RFC 6724 §10.2.</summary>
public class DestinationOrderTests
{
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
    public void Destinations_are_tried_in_the_order_of_the_rules(string destinations, string sources, string expected)
    {
        var pairs = destinations.Split(' ').Zip(sources.Split(' ')).ToDictionary(
            pair => IpAddress.Parse(pair.First, null), pair => pair.Second == "-" ? default : IpAddress.Parse(pair.Second, null));
        var sorted = DestinationOrder.Sort(destinations.Split(' ').Select(text => IpAddress.Parse(text, null)), destination => pairs[destination]);
        Assert.Equal(expected, string.Join(' ', sorted));
    }
}
