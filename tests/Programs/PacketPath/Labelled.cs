using Mirage;

namespace PacketPath;

/// <summary>
/// A device that carries something along: its only purpose is a type argument that is not constrained to be a value type, as no device of this project
/// may have it.
/// </summary>
internal readonly struct Labelled<TNetwork, TLabel>(TNetwork network, TLabel label) : INetwork
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
