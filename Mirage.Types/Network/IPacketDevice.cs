namespace Mirage;

/// <summary>
/// A device that carries IP packets without Ethernet: a TUN interface, a WireGuard or other tunnel. <see cref="IFrameDevice"/> says how it is used; a frame is a
/// packet here.
/// <para>Packets of both versions of IP go through; the device does not look at them.</para>
/// </summary>
public interface IPacketDevice : IFrameDevice
{
    /// <summary>There is nothing before the packet.</summary>
    static int IFrameDevice.LinkHeaderSize => 0;

    /// <summary>The smallest IP header.</summary>
    static int IFrameDevice.MinFrameLength => 20;
}
