namespace Mirage;

/// <summary>A network interface that carries Ethernet frames. <see cref="IFrameDevice"/> says how it is used.</summary>
public interface INetwork : IFrameDevice
{
    private const int HeaderSize = 14;

    /// <summary>The Ethernet header: two addresses and the type of what follows.</summary>
    static int IFrameDevice.LinkHeaderSize => HeaderSize;

    /// <summary>The Ethernet header alone: whoever puts the frame on a wire pads it.</summary>
    static int IFrameDevice.MinFrameLength => HeaderSize;

    /// <summary>The device's own address.</summary>
    MacAddress Mac { get; }
}
