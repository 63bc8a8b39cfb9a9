namespace Mirage.Net.Virtual;

/// <summary>
/// What a link does to the frames that go through it in one direction. The default is a perfect link: it takes no time and loses nothing. Chances are
/// from 0 to 1, for each frame.
/// <para>A frame meets in this order: <see cref="Mtu"/>, <see cref="Loss"/> and <see cref="BurstLoss"/>, <see cref="Duplication"/>, <see cref="Corruption"/>,
/// <see cref="TrailingBytes"/>, the queue with <see cref="MarkAt"/> and the <see cref="Rate"/>, then <see cref="Delay"/>, <see cref="Jitter"/> and <see cref="Reordering"/>.</para>
/// </summary>
public sealed record LinkOptions
{
    /// <summary>Bits per second, 0 for no limit. Frames leave one after another, each taking its length (and <see cref="Overhead"/>) to do so, exact to the nanosecond.</summary>
    public long Rate { get; init; }

    /// <summary>What each frame takes on the wire beyond its length, in bytes: 24 for Ethernet's preamble, check and gap. Counts for <see cref="Rate"/> only.</summary>
    public int Overhead { get; init; }

    /// <summary>How many frames may wait for those before them to leave; a further one is lost (drop-tail). Only with a <see cref="Rate"/> does a frame wait.</summary>
    public int QueueFrames { get; init; } = 1000;

    /// <summary>The same in bytes.</summary>
    public long QueueBytes { get; init; } = long.MaxValue;

    /// <summary>
    /// A frame that makes more bytes than these wait is marked: its IP packet gets CE, if its sender set ECT (RFC 3168 §5). What a router's active queue management does, at its simplest.
    /// </summary>
    public long MarkAt { get; init; } = long.MaxValue;

    /// <summary>How long a frame travels after it has left.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>How much longer it may travel: from zero to this, evenly. It never overtakes the one before it.</summary>
    public TimeSpan Jitter { get; init; }

    /// <summary>The chance that a frame is lost.</summary>
    public double Loss { get; init; }

    /// <summary>The longest frame that <see cref="Loss"/> concerns, in bytes with its Ethernet header: with 100, acknowledgements are lost and data is not.</summary>
    public int LossMaxLength { get; init; } = int.MaxValue;

    /// <summary>Loss in bursts, besides <see cref="Loss"/>.</summary>
    public BurstLoss BurstLoss { get; init; }

    /// <summary>The chance that a frame comes twice.</summary>
    public double Duplication { get; init; }

    /// <summary>The chance that a frame is held back, so that later ones overtake it.</summary>
    public double Reordering { get; init; }

    /// <summary>For how long at the most a frame is held back; each time from zero to this, evenly.</summary>
    public TimeSpan ReorderingDelay { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>The chance that one bit of what follows the Ethernet header is flipped.</summary>
    public double Corruption { get; init; }

    /// <summary>How many random bytes are put behind a frame at the most; each time from none to this, evenly. When sending never more than fit into the device's MTU.</summary>
    public int TrailingBytes { get; init; }

    /// <summary>The largest payload of a frame in bytes, without the Ethernet header; larger ones vanish, as in a path with a smaller MTU than both its ends know of. 0 for no limit.</summary>
    public int Mtu { get; init; }

    /// <summary>When sending, the chance that the device lends nothing and says that it is full.</summary>
    public double Refusal { get; init; }

    /// <summary>How many frames may be under way, those that wait included; a further one is lost. It bounds memory where no <see cref="Rate"/> does.</summary>
    public int MaxInFlight { get; init; } = 1 << 18;

    /// <summary>Refuses what cannot be, by the name of the property.</summary>
    /// <param name="name">Whose options these are.</param>
    internal void Check(string name)
    {
        NotNegative(Rate, nameof(Rate));
        NotNegative(Overhead, nameof(Overhead));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Overhead, 10_000, Of(nameof(Overhead)));
        NotNegative(QueueFrames, nameof(QueueFrames));
        NotNegative(QueueBytes, nameof(QueueBytes));
        NotNegative(MarkAt, nameof(MarkAt));
        NotNegative(TrailingBytes, nameof(TrailingBytes));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(TrailingBytes, 10_000, Of(nameof(TrailingBytes)));
        NotNegative(Mtu, nameof(Mtu));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxInFlight, 1, Of(nameof(MaxInFlight)));
        Time(Delay, nameof(Delay));
        Time(Jitter, nameof(Jitter));
        Time(ReorderingDelay, nameof(ReorderingDelay));
        Chance(Loss, nameof(Loss));
        Chance(BurstLoss.Enter, "BurstLoss.Enter");
        Chance(BurstLoss.Leave, "BurstLoss.Leave");
        Chance(BurstLoss.BadLoss, "BurstLoss.BadLoss");
        Chance(BurstLoss.GoodLoss, "BurstLoss.GoodLoss");
        Chance(Duplication, nameof(Duplication));
        Chance(Reordering, nameof(Reordering));
        Chance(Corruption, nameof(Corruption));
        Chance(Refusal, nameof(Refusal));

        string Of(string property) => $"{name}.{property}";

        void NotNegative(long value, string property) => ArgumentOutOfRangeException.ThrowIfNegative(value, Of(property));

        void Time(TimeSpan value, string property)
        {
            if (value < TimeSpan.Zero || value > TimeSpan.FromDays(1))
            {
                throw new ArgumentOutOfRangeException(Of(property), value, $"{property} is a time of up to a day, or 0");
            }
        }

        void Chance(double value, string property)
        {
            if (!(value is >= 0 and <= 1))
            {
                throw new ArgumentOutOfRangeException(Of(property), value, $"{property} is a chance from 0 to 1");
            }
        }
    }
}
