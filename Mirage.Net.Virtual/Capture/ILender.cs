namespace Mirage.Net.Virtual;

/// <summary>What network devices and packet devices have in common: they lend what is to be written.</summary>
internal interface ILender
{
    static abstract NetworkOffload Offload { get; }

    /// <summary>The least length in bytes of what is sent.</summary>
    static abstract int MinLength { get; }

    /// <summary>The largest length in bytes of what is sent in one piece.</summary>
    int MaxLength { get; }

    NetworkCounters Counters { get; }

    LendStatus Rent(int length, out Span<byte> frame);

    SendStatus Send(int length, in FrameInfo info);

    void Return();
}

/// <summary>A network device, which lends frames.</summary>
internal readonly struct NetworkLender<TNetwork>(TNetwork network) : ILender
    where TNetwork : struct, INetwork
{
    public static NetworkOffload Offload => TNetwork.Offload;

    public static int MinLength => EthernetFrame.HeaderSize;

    public TNetwork Network => network;

    public int MaxLength => network.Mtu + EthernetFrame.HeaderSize;

    public NetworkCounters Counters => network.Counters;

    public LendStatus Rent(int length, out Span<byte> frame) => network.Rent(length, out frame);

    public SendStatus Send(int length, in FrameInfo info) => network.Send(length, in info);

    public void Return() => network.Return();
}

/// <summary>A packet device, which lends packets.</summary>
internal readonly struct PacketLender<TDevice>(TDevice device) : ILender
    where TDevice : struct, IPacketDevice
{
    public static NetworkOffload Offload => TDevice.Offload;

    public static int MinLength => PacketEnd.SmallestIpHeader;

    public TDevice Device => device;

    public int MaxLength => device.Mtu;

    public NetworkCounters Counters => device.Counters;

    public LendStatus Rent(int length, out Span<byte> frame) => device.Rent(length, out frame);

    public SendStatus Send(int length, in FrameInfo info) => device.Send(length, in info);

    public void Return() => device.Return();
}
