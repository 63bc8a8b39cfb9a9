namespace Mirage.Net.TcpIp.Tests.Network6;

/// <summary>Which of its addresses a host sends from (RFC 6724 §5).</summary>
public class SourceSelectionTests
{
    [Theory]

    // Rule 1: the destination itself.
    [InlineData("2001:db8::1/64 2001:db8::5/64", "2001:db8::5", "2001:db8::5")]

    // Rule 2: the destination's scope.
    [InlineData("2001:db8::1/64", "fe80::9", "link-local")]
    [InlineData("2001:db8::1/64", "ff02::9", "link-local")]
    [InlineData("2001:db8::1/64", "ff0e::9", "2001:db8::1")]
    [InlineData("2001:db8::1/64", "2001:db8:9::9", "2001:db8::1")]

    // Rule 6: the same label.
    [InlineData("fd00::1/64 2001:db8::1/64", "2001:db8:9::9", "2001:db8::1")]
    [InlineData("2001:db8::1/64 fd00::1/64", "fd00:9::9", "fd00::1")]
    [InlineData("2002:a00::1/64 2001:db8::1/64", "2002:b00::9", "2002:a00::1")]

    // Rule 8: the longest common prefix.
    [InlineData("2001:db8:1::1/64 2001:db8:2::1/64", "2001:db8:2::9", "2001:db8:2::1")]
    [InlineData("2001:db8:1::1/64 2001:db8:2::1/64", "2001:db8:3::9", "2001:db8:2::1")]

    // Of equals the first; the bits after the prefix do not count (§2.2).
    [InlineData("2001:db8::1/64 2001:db8::9/64", "2001:db8::8", "2001:db8::1")]
    public void Section_5_the_best_address_is_taken(string addresses, string destination, string expected) => Script6.Run(
        script =>
        {
            var selected = script.Stack.SelectSource(IpAddress.Parse(destination)).ThrowIfFailed();
            Assert.Equal(expected == "link-local" ? script.LinkLocal : IpAddress.Parse(expected), selected);
            return Task.CompletedTask;
        },
        Script6.Options with
        {
            Addresses = [.. addresses.Split(' ').Select(text => IpNetwork.Parse(text))],
            Ipv6Gateway = Script6.PeerLinkLocal,
        });

    [Fact]
    public void Without_a_route_there_is_no_source() => Script6.Run(script =>
    {
        Assert.Equal(ErrorKind.Unreachable, script.Stack.SelectSource(Ipv6Address.Parse("2001:db8:9::9")).Error.Kind);
        Assert.True(script.Stack.SelectSource(Ipv6Address.Parse("fe80::9")).IsDone);
        return Task.CompletedTask;
    });
}
