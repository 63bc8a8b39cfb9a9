namespace Mirage.Testing;

/// <summary>What every <see cref="IPacketDevice"/> promises, for packets of both versions of IP. A device's tests derive from it and say how to get two that are connected.</summary>
/// <typeparam name="TDevice">The device.</typeparam>
public abstract class PacketDeviceBehaviour<TDevice> : FrameDeviceBehaviour<TDevice>
    where TDevice : struct, IPacketDevice
{
    private protected sealed override byte[] Make(TDevice from, TDevice to, int length, byte seed = 0) => Packets.Make(length, seed, length % 2 == 0 ? (byte)4 : (byte)6);
}
