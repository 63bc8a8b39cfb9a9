namespace Mirage.Net.Tap;

/// <summary>What can be chosen about a TAP device.</summary>
public sealed record TapOptions
{
    /// <summary>The device's own address: that of one device and not the kernel's end of the interface. If it is <see langword="null"/>, a
    /// random local one.</summary>
    public MacAddress? Mac { get; init; }
}
