namespace Mirage.Net.Virtual;

/// <summary>
/// Loss in bursts: the model of Gilbert and Elliott. The link is good or bad; before each frame it may change, and each state loses frames with a
/// chance of its own. The default value loses nothing.
/// <para>A burst lasts 1 / <see cref="Leave"/> frames on average, and the link is bad for <see cref="Enter"/> / (<see cref="Enter"/> + <see cref="Leave"/>) of
/// them.</para>
/// </summary>
/// <param name="Enter">The chance that a good link becomes bad, for each frame: 0 to 1.</param>
/// <param name="Leave">The chance that a bad link becomes good, for each frame: 0 to 1.</param>
/// <param name="BadLoss">The chance that a frame is lost while the link is bad: 0 to 1.</param>
/// <param name="GoodLoss">The same while it is good: 0 to 1.</param>
public readonly record struct BurstLoss(double Enter, double Leave, double BadLoss = 1, double GoodLoss = 0);
