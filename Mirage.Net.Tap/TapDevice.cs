namespace Mirage.Net.Tap;

/// <summary>An open TAP interface: beside the descriptor it has an address of its own.</summary>
internal sealed class TapDevice : TunTapDevice
{
    private TapDevice(HostLoop loop, FileDescriptor descriptor, string name, MacAddress mac, int mtu)
        : base(loop, descriptor, InterfaceKind.Tap, name, mtu)
        => Mac = mac;

    public MacAddress Mac { get; }

    public static Result<TapDevice> Open(HostPlatform platform, string name, TapOptions options)
    {
        if (options.Mac is { } given && (given.IsMulticast || given.IsZero))
        {
            return Error(ErrorKind.Invalid, name, 0, $"{given} is not the address of one device");
        }

        var opened = Attach(InterfaceKind.Tap, name);
        return opened.TryGet(out var attached)
            ? new TapDevice(platform.Loop, attached.Descriptor, name, options.Mac ?? RandomMac(platform), attached.Mtu)
            : opened.Error;
    }

    /// <summary>A device over a descriptor that keeps frames apart and does not block: for tests, which have no TAP interface.</summary>
    internal static TapDevice Over(HostLoop loop, FileDescriptor descriptor, string name, MacAddress mac, int mtu) => new(loop, descriptor, name, mac, mtu);

    private static MacAddress RandomMac(HostPlatform platform)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        platform.Fill(bytes);
        return MacAddress.Local(BitConverter.ToUInt64(bytes));
    }
}
