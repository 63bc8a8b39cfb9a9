namespace Mirage.Net.TcpIp;

/// <summary>Something that a <see cref="TimerWheel"/> can hold, once.</summary>
internal abstract class WheelNode
{
    internal WheelNode? WheelPrevious;
    internal WheelNode? WheelNext;

    /// <summary>The tick at which it is due; negative while it is in no wheel.</summary>
    internal long WheelTick = -1;
    internal int WheelSlot;
}
