using System.Reflection;

namespace Mirage.Net.TcpIp.Tests;

public sealed class OptionTests
{
    public static TheoryData<Type, string> Numbers =>
        [.. from type in new[] { typeof(StackLimits), typeof(TcpSettings), typeof(ArpOptions), typeof(NdpSettings) }
            from property in type.GetProperties()
            where property.CanWrite && (property.PropertyType == typeof(int) || property.PropertyType == typeof(long) || property.PropertyType == typeof(TimeSpan))
            select (type, property.Name)];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void A_number_that_cannot_be_is_refused_where_it_is_written(Type type, string name)
    {
        var property = type.GetProperty(name)!;
        object negative = property.PropertyType == typeof(TimeSpan) ? TimeSpan.FromTicks(-1) : Convert.ChangeType(-1, property.PropertyType, null);
        var thrown = Assert.Throws<TargetInvocationException>(() => property.SetValue(Activator.CreateInstance(type), negative));
        Assert.Equal(name, Assert.IsType<ArgumentOutOfRangeException>(thrown.InnerException).ParamName);

        // What is there by default may be.
        var options = Activator.CreateInstance(type);
        property.SetValue(options, property.GetValue(options));
    }

    [Theory]
    [InlineData("0.0.0.0/0")]
    [InlineData("0.0.0.0/32")]
    [InlineData("10.0.0.0/24")]
    [InlineData("10.0.0.255/24")]
    [InlineData("255.255.255.255/32")]
    [InlineData("127.0.0.1/8")]
    [InlineData("224.0.0.5/24")]
    [InlineData("::/64")]
    [InlineData("::1/128")]
    [InlineData("ff02::5/64")]
    public void RFC_1122_section_3_2_1_3_an_address_that_no_host_may_have_is_refused(string address)
        => Assert.StartsWith($"{address} is not an", Refused<ArgumentException>(new() { Addresses = [IpNetwork.Parse(address)] }).Message, StringComparison.Ordinal);

    [Fact]
    public void A_router_of_the_other_family_is_refused()
    {
        var route = new Route(IpNetwork.Parse("192.0.2.0/24"), IpAddress.Parse("fd00::1"));
        Assert.StartsWith("fd00::1 cannot be the router to 192.0.2.0/24", Refused<ArgumentException>(new() { Routes = [route] }).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("127.0.0.1")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("ff02::2")]
    public void A_router_that_is_not_one_host_is_refused(string address)
    {
        var router = IpAddress.Parse(address);
        Assert.StartsWith($"{address} is no router", Refused<ArgumentException>(new() { Gateway = router }).Message, StringComparison.Ordinal);
        var route = new Route(IpNetwork.Parse(router.IsV4 ? "192.0.2.0/24" : "2001:db8::/32"), router);
        Assert.StartsWith($"{address} is no router", Refused<ArgumentException>(new() { Routes = [route] }).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_choice_that_is_none_is_refused_where_it_is_written()
    {
        Assert.Equal("Ecn", Assert.Throws<ArgumentOutOfRangeException>(() => new TcpSettings { Ecn = (EcnUse)77 }).ParamName);
        Assert.Equal("SynCookies", Assert.Throws<ArgumentOutOfRangeException>(() => new TcpSettings { SynCookies = (SynCookieUse)77 }).ParamName);
    }

    [Fact]
    public void A_least_time_that_is_more_than_the_largest_is_refused()
    {
        var settings = new TcpSettings { MinimumRetransmissionTimeout = TimeSpan.FromSeconds(3), MaximumRetransmissionTimeout = TimeSpan.FromSeconds(2) };
        Assert.StartsWith("MinimumRetransmissionTimeout (00:00:03) is more than", Refused<ArgumentException>(new() { Tcp = settings }).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_secret_has_sixteen_bytes_or_none()
    {
        _ = new AutoconfigurationOptions { StableSecret = ReadOnlyMemory<byte>.Empty };
        _ = new AutoconfigurationOptions { StableSecret = new byte[16] };
        _ = Assert.Throws<ArgumentException>(() => new AutoconfigurationOptions { StableSecret = new byte[15] });
        _ = Assert.Throws<ArgumentException>(() => new AutoconfigurationOptions { StableSecret = new byte[17] });
    }

    [Fact]
    public void What_must_be_given_is_named_if_it_is_missing()
    {
        Assert.Equal("Addresses", Assert.Throws<ArgumentNullException>(() => new DirectStackOptions { Addresses = null! }).ParamName);
        Assert.Equal("Tcp", Assert.Throws<ArgumentNullException>(() => new DirectStackOptions { Tcp = null! }).ParamName);
    }

    private static TException Refused<TException>(DirectStackOptions options)
        where TException : Exception
    {
        var loop = new SimulatedLoop(1);
        var network = new VirtualSwitch(loop).Connect();
        return Assert.Throws<TException>(() => DirectStack<VirtualNetwork, SimulatedPlatform, Cubic>.Connect(network, new SimulatedPlatform(loop), options));
    }
}
