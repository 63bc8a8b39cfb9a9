namespace Mirage.Net.Tap;

/// <summary>What differs between the two kinds of interface that the kernel's driver has: TAP carries Ethernet frames, TUN carries IP packets.</summary>
internal sealed class InterfaceKind
{
    private const int EthernetHeader = 14;
    private const int VlanTag = 4;
    private const int SmallestIpHeader = 20;

    public static InterfaceKind Tap { get; } = new()
    {
        Name = "TAP",
        Mode = "tap",
        Flag = LinuxCalls.TapMode,
        HeaderSize = EthernetHeader,
        ReceiveExtra = VlanTag,
        MinLength = EthernetHeader,
        Unit = "frame",
        Handle = nameof(TapNetwork),
    };

    public static InterfaceKind Tun { get; } = new()
    {
        Name = "TUN",
        Mode = "tun",
        Flag = LinuxCalls.TunMode,
        MinLength = SmallestIpHeader,
        Unit = "packet",
        Handle = nameof(TunDevice),
    };

    /// <summary>What a person calls it.</summary>
    public required string Name { get; init; }

    /// <summary>What <c>ip tuntap</c> calls it.</summary>
    public required string Mode { get; init; }

    public required short Flag { get; init; }

    /// <summary>Bytes that a unit has beside what the MTU counts.</summary>
    public int HeaderSize { get; init; }

    /// <summary>Bytes that a received unit may have beside these.</summary>
    public int ReceiveExtra { get; init; }

    /// <summary>The least length of a unit in bytes.</summary>
    public required int MinLength { get; init; }

    /// <summary>What it carries.</summary>
    public required string Unit { get; init; }

    /// <summary>The public type.</summary>
    public required string Handle { get; init; }
}
