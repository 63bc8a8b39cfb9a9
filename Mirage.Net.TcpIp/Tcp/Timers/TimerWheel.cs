using System.Numerics;

namespace Mirage.Net.TcpIp;

/// <summary>
/// A hierarchical timing wheel (Varghese and Lauck, 1987) with ticks of a millisecond: setting, moving and cancelling cost the same whatever
/// the number of timers. Each level has 64 slots, a bit map of those in use, and ticks 64 times as slowly as the one below; what lies further
/// off than the last level reaches waits in its last slot and is looked at again.
/// </summary>
internal sealed class TimerWheel
{
    private const int Levels = 5;
    private const int SlotBits = 6;
    private const int Slots = 1 << SlotBits;
    private const long NanosecondsPerTick = 1_000_000;

    private readonly WheelNode?[] _heads = new WheelNode?[Levels * Slots];
    private readonly ulong[] _used = new ulong[Levels];
    private long _tick;

    public int Count { get; private set; }

    /// <summary>When to look again: not later than the first timer is due.</summary>
    public Instant Next => Count == 0 ? Instant.Never : new Instant(NextTick * NanosecondsPerTick);

    private long NextTick
    {
        get
        {
            var next = long.MaxValue;
            for (var level = 0; level < Levels; level++)
            {
                if (_used[level] != 0)
                {
                    var shift = level * SlotBits;
                    var current = (int)(_tick >> shift) & (Slots - 1);
                    var distance = BitOperations.TrailingZeroCount(BitOperations.RotateRight(_used[level], current));
                    next = Math.Min(next, ((_tick >> shift) + distance) << shift);
                }
            }

            return Math.Max(next, _tick);
        }
    }

    /// <summary>Starts at a point in time, while nothing is in the wheel.</summary>
    public void Start(Instant now) => _tick = now.Nanoseconds / NanosecondsPerTick;

    /// <summary>Sets or moves a timer. It is due at the first tick not before the time.</summary>
    public void Set(WheelNode node, Instant due)
    {
        var tick = (due.Nanoseconds / NanosecondsPerTick) + (due.Nanoseconds % NanosecondsPerTick == 0 ? 0 : 1);
        if (node.WheelTick >= 0)
        {
            if (node.WheelTick == tick)
            {
                return;
            }

            Unlink(node);
        }

        Link(node, tick);
    }

    public void Cancel(WheelNode node)
    {
        if (node.WheelTick >= 0)
        {
            Unlink(node);
        }
    }

    /// <summary>Takes out one that is due.</summary>
    /// <returns>It, or <see langword="null"/> when none is.</returns>
    public WheelNode? TakeDue(Instant now)
    {
        var target = now.Nanoseconds / NanosecondsPerTick;
        while (true)
        {
            // A slot of the first level holds timers of one tick only.
            if (_heads[(int)_tick & (Slots - 1)] is { } node && _tick <= target)
            {
                Unlink(node);
                return node;
            }

            if (_tick >= target)
            {
                return null;
            }

            Turn(target);
        }
    }

    /// <summary>Goes on to the next tick at which a slot is in use, or to the target.</summary>
    private void Turn(long target)
    {
        _tick = Count == 0 ? target : Math.Min(target, Math.Max(_tick + 1, NextTick));
        for (var level = Levels - 1; level > 0; level--)
        {
            var slot = (int)(_tick >> (level * SlotBits)) & (Slots - 1);
            if ((_used[level] & (1UL << slot)) != 0)
            {
                Spread(level, slot);
            }
        }
    }

    /// <summary>Puts the timers of a slot that time has reached where they now belong.</summary>
    private void Spread(int level, int slot)
    {
        var index = (level * Slots) + slot;
        var node = _heads[index];
        _heads[index] = null;
        _used[level] &= ~(1UL << slot);
        while (node is not null)
        {
            var next = node.WheelNext;
            node.WheelPrevious = node.WheelNext = null;
            Count--;
            Link(node, node.WheelTick);
            node = next;
        }
    }

    private void Link(WheelNode node, long tick)
    {
        tick = Math.Max(tick, _tick);
        var level = 0;
        while (level < Levels - 1 && (tick >> (level * SlotBits)) - (_tick >> (level * SlotBits)) >= Slots)
        {
            level++;
        }

        var shift = level * SlotBits;
        var position = Math.Min(tick >> shift, (_tick >> shift) + Slots - 1);
        var index = (level * Slots) + ((int)position & (Slots - 1));
        node.WheelTick = tick;
        node.WheelSlot = index;
        node.WheelPrevious = null;
        node.WheelNext = _heads[index];
        if (node.WheelNext is { } head)
        {
            head.WheelPrevious = node;
        }

        _heads[index] = node;
        _used[level] |= 1UL << (index & (Slots - 1));
        Count++;
    }

    private void Unlink(WheelNode node)
    {
        if (node.WheelPrevious is { } previous)
        {
            previous.WheelNext = node.WheelNext;
        }
        else
        {
            _heads[node.WheelSlot] = node.WheelNext;
            if (node.WheelNext is null)
            {
                _used[node.WheelSlot / Slots] &= ~(1UL << (node.WheelSlot & (Slots - 1)));
            }
        }

        if (node.WheelNext is { } next)
        {
            next.WheelPrevious = node.WheelPrevious;
        }

        node.WheelPrevious = node.WheelNext = null;
        node.WheelTick = -1;
        Count--;
    }
}
