namespace Mirage.Net.Virtual;

/// <summary>A queue of values in an array that grows to the most it ever held, and can be looked at in place.</summary>
internal sealed class Ring<T>
    where T : struct
{
    private T[] _items = new T[16];
    private uint _head;
    private uint _tail;

    public int Count => (int)(_tail - _head);

    /// <summary>The one added first, of at least one.</summary>
    public ref readonly T First => ref _items[(int)_head & (_items.Length - 1)];

    public void Add(in T item)
    {
        if (_tail - _head == (uint)_items.Length)
        {
            Grow();
        }

        _items[(int)_tail++ & (_items.Length - 1)] = item;
    }

    /// <summary>Removes the one added first, of at least one.</summary>
    public void RemoveFirst() => _head++;

    private void Grow()
    {
        var items = new T[_items.Length * 2];
        var first = (int)_head & (_items.Length - 1);
        _items.AsSpan(first).CopyTo(items);
        _items.AsSpan(0, first).CopyTo(items.AsSpan(_items.Length - first));
        (_head, _tail) = (0, (uint)_items.Length);
        _items = items;
    }
}
