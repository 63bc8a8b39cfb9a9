using Mirage.Net.Tap;
using Mirage.Net.TcpIp;

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
        Assert.Contains(typeof(DirectStack<TapNetwork, HostPlatform, NewReno>), compositions);
        Assert.Contains(compositions, composed => composed.Name == "Services`3");
    }

    [Fact]
    public void A_class_deep_among_the_arguments_is_found()
    {
        var composed = typeof(DirectStack<Labelled<TapNetwork, string>, HostPlatform, NewReno>);
        Assert.Equal("DirectStack`3 > Labelled`2 > System.String", Assert.Single(TypeArguments.Classes(composed)));
    }

    // A device as it must not be: its second parameter may be a class.
    private readonly struct Labelled<TNetwork, TLabel>(TNetwork network, TLabel label) : INetwork
        where TNetwork : struct, INetwork
    {
        public static NetworkOffload Offload => TNetwork.Offload;

        public TLabel Label { get; } = label;

        public bool IsDefault => network.IsDefault;

        public MacAddress Mac => network.Mac;

        public int Mtu => network.Mtu;

        public NetworkCounters Counters => network.Counters;

        public DeviceError Failure => network.Failure;

        public LendStatus Rent(int length, out Span<byte> frame) => network.Rent(length, out frame);

        public SendStatus Send(int length, in FrameInfo info) => network.Send(length, info);

        public void Return() => network.Return();

        public int Receive<THandler>(int budget, THandler handler)
            where THandler : struct, IFrameHandler
            => network.Receive(budget, handler);

        public ValueTask DisconnectAsync() => network.DisconnectAsync();
    }
}
