using System.Net;

namespace Mirage.Types.Tests.Addresses;

public sealed class IpEndpointTests
{
    [Fact]
    public void Text_is_that_of_the_system_type()
        => AddressGen.Check(AddressGen.Endpoint, endpoint =>
        {
            var system = endpoint.ToIPEndPoint();
            TextForm.AssertFormats(endpoint, system.ToString());
            TextForm.AssertParses(system.ToString(), endpoint);
            Assert.Equal(endpoint.Address, IpAddress.From(system.Address));
            Assert.Equal(endpoint.Port, system.Port);
            Assert.Equal(new IpEndpoint(endpoint.Address.Unmap(), endpoint.Port), IpEndpoint.From(system));
        });

    [Theory]
    [InlineData("")]
    [InlineData(":")]
    [InlineData(":80")]
    [InlineData("10.0.0.2")]
    [InlineData("10.0.0.2:")]
    [InlineData("10.0.0.2:65536")]
    [InlineData("10.0.0.2:-1")]
    [InlineData("10.0.0.2:+1")]
    [InlineData("10.0.0.2: 80")]
    [InlineData("10.0.0.2:80 ")]
    [InlineData("10.0.0.2:80\0")]
    [InlineData("10.0.0.2:0x50")]
    [InlineData("10.0.0.2:80:80")]
    [InlineData("10.0.0:80")]
    [InlineData("[10.0.0.2]:80")]
    [InlineData("::1")]
    [InlineData("::1:80")]
    [InlineData("[::1]")]
    [InlineData("[::1]80")]
    [InlineData("[::1:80")]
    [InlineData("::1]:80")]
    [InlineData("[]:80")]
    [InlineData("[:80")]
    [InlineData("]:80")]
    [InlineData("[[::1]]:80")]
    [InlineData("[fe80::1%1]:80")]
    public void Malformed_text_is_refused(string text) => TextForm.AssertRefused<IpEndpoint>(text);

    [Fact]
    public void Null_is_refused()
    {
        TextForm.AssertNullRefused<IpEndpoint>();
        Assert.Throws<ArgumentNullException>(() => IpEndpoint.From(null!));
    }

    [Fact]
    public void Garbage_never_throws()
        => AddressGen.Check(AddressGen.Garbage, text =>
        {
            if (IpEndpoint.TryParse(text, null, out var endpoint))
            {
                Assert.Equal(endpoint, IpEndpoint.Parse(endpoint.ToString()));
            }
        });

    [Fact]
    public void None_has_no_address_and_no_port()
    {
        Assert.Equal(default, IpEndpoint.None);
        TextForm.AssertFormats(IpEndpoint.None, "*:0");
        Assert.Equal(new IPEndPoint(IPAddress.IPv6Any, 0), IpEndpoint.None.ToIPEndPoint());
    }

    [Fact]
    public void Endpoints_differ_by_address_and_by_port()
    {
        var endpoint = IpEndpoint.Parse("10.0.0.2:80");
        Assert.True(endpoint != IpEndpoint.Parse("10.0.0.2:81") && endpoint != IpEndpoint.Parse("10.0.0.3:80"));
        Assert.True(endpoint == new IpEndpoint(new Ipv4Address(10, 0, 0, 2), 80));
    }

    [Fact]
    public void A_mapped_address_of_the_system_type_becomes_IPv4()
        => Assert.Equal("10.0.0.2:80", IpEndpoint.From(new IPEndPoint(IPAddress.Parse("::ffff:10.0.0.2"), 80)).ToString());
}
