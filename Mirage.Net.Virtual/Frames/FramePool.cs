namespace Mirage.Net.Virtual;

/// <summary>
/// Frame buffers of one size. The one given back last is lent first: it is still in the processor's cache. No more exist than are lent,
/// queued and being received at one time, which the queues bound.
/// </summary>
internal sealed class FramePool(int size)
{
    private byte[][] _free = new byte[16][];
    private int _count;

    public int Size => size;

    public byte[] Rent() => _count > 0 ? _free[--_count] : GC.AllocateUninitializedArray<byte>(size);

    public void Return(byte[] buffer)
    {
        if (_count == _free.Length)
        {
            Array.Resize(ref _free, _count * 2);
        }

        _free[_count++] = buffer;
    }
}
