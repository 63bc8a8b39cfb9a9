using Mirage.Net.Tap;
using Mirage.Net.TcpIp;
using PacketPath;

namespace Mirage.Guards.Tests.Composition;

public class CompositionTests
{
    public static TheoryData<string> Examples => [.. Built.Compositions.Keys];

    [Theory]
    [MemberData(nameof(Examples))]
    public void An_example_is_composed_of_value_types(string example)
    {
        var compositions = TypeArguments.Compositions(Built.Compositions[example]);
        Assert.NotEmpty(compositions);
        Assert.Equal([], compositions.SelectMany(TypeArguments.Classes));
    }

    [Fact]
    public void The_direct_stack_s_composition_is_seen()
    {
        var compositions = TypeArguments.Compositions(Built.Compositions["Services/tap"]);
        Assert.Contains(typeof(DirectStack<TapNetwork, HostPlatform, Cubic>), compositions);
        Assert.Contains(compositions, composed => composed.Name == "Services`3");
    }

    [Fact]
    public void The_packet_device_s_composition_is_seen()
    {
        var compositions = TypeArguments.Compositions(Built.Compositions["TunGateway/unix"]);
        Assert.Contains(typeof(DirectIpStack<TunDevice, HostPlatform, Cubic>), compositions);
        Assert.Contains(compositions, composed => composed.Name == "Gateway`4");
    }

    [Fact]
    public void A_class_deep_among_the_arguments_is_found()
    {
        var composed = typeof(DirectStack<Labelled<TapNetwork, string>, HostPlatform, Cubic>);
        Assert.Equal("DirectStack`3 > Labelled`2 > System.String", Assert.Single(TypeArguments.Classes(composed)));
    }
}
