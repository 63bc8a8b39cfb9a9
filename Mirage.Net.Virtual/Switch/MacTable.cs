using System.Numerics;

namespace Mirage.Net.Virtual;

/// <summary>
/// Where addresses are: a table of a fixed size in sets of four. An address goes into its own set only; when that is full it takes the
/// place of one of the four in turn, so that a flood of invented addresses costs neither memory nor time. Entries do not age: they
/// move when the address speaks elsewhere, and go with their port.
/// </summary>
internal sealed class MacTable
{
    public const int Ways = 4;

    private readonly Entry[] _entries;
    private readonly int _shift;
    private int _victim;

    public MacTable(int size)
    {
        var sets = (int)BitOperations.RoundUpToPowerOf2((uint)size) / Ways;
        _entries = new Entry[sets * Ways];
        _shift = 64 - BitOperations.Log2((uint)sets);
    }

    public int Count { get; private set; }

    public long Evictions { get; private set; }

    public VirtualPort? Find(ulong address)
    {
        foreach (ref readonly var entry in Set(address))
        {
            if (entry.Address == address)
            {
                return entry.Port;
            }
        }

        return null;
    }

    /// <summary>Remembers that an address, which is not zero, is at a port.</summary>
    public void Learn(ulong address, VirtualPort port)
    {
        var set = Set(address);
        var free = -1;
        for (var i = 0; i < set.Length; i++)
        {
            if (set[i].Address == address)
            {
                if (set[i].Port != port)
                {
                    set[i].Port = port;
                }

                return;
            }

            if (set[i].Port is null && free < 0)
            {
                free = i;
            }
        }

        if (free < 0)
        {
            free = _victim++ % Ways;
            _victim &= Ways - 1;
            Evictions++;
            Count--;
        }

        set[free] = new Entry { Address = address, Port = port };
        Count++;
    }

    public void Forget(VirtualPort port)
    {
        foreach (ref var entry in _entries.AsSpan())
        {
            if (entry.Port == port)
            {
                entry = default;
                Count--;
            }
        }
    }

    // Fibonacci hashing: the high bits of the product depend on all bits of the address. With one set the shift is by 64, which C# takes as 0.
    private Span<Entry> Set(ulong address)
    {
        var index = _shift == 64 ? 0 : (int)((address * 0x9e37_79b9_7f4a_7c15) >> _shift);
        return _entries.AsSpan(index * Ways, Ways);
    }

    private struct Entry
    {
        public ulong Address;
        public VirtualPort? Port;
    }
}
