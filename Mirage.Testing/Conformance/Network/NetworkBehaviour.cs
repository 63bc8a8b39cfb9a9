namespace Mirage.Testing;

/// <summary>What every <see cref="INetwork"/> promises. A device's tests derive from it and say how to get two that are connected.</summary>
/// <typeparam name="TNetwork">The device.</typeparam>
public abstract class NetworkBehaviour<TNetwork> : FrameDeviceBehaviour<TNetwork>
    where TNetwork : struct, INetwork
{
    private protected sealed override byte[] Make(TNetwork from, TNetwork to, int length, byte seed = 0) => Frames.Make(to.Mac, from.Mac, length, seed);
}
