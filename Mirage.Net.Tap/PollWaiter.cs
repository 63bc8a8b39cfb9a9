using System.Runtime.InteropServices;

namespace Mirage.Net.Tap;

/// <summary>What a <see cref="PollWaiter"/> waits for.</summary>
internal interface IPolledDescriptor
{
    /// <summary>The descriptor; the same as long as it is added.</summary>
    int Descriptor { get; }

    /// <summary>What would end a wait; errors do always.</summary>
    PollEvents Awaited { get; }

    /// <summary>Called on the loop after a wait. It may remove itself.</summary>
    void OnReady(PollEvents events);
}

/// <summary>
/// What a loop with devices of the kernel sleeps in: <c>ppoll(2)</c> over the descriptors of all of them and an event that other threads set. The
/// first device of a loop installs it as <see cref="HostLoop.Waiter"/>; the others share it.
/// </summary>
public sealed unsafe class PollWaiter : LoopWaiter
{
    private readonly FileDescriptor _event;
    private readonly List<IPolledDescriptor> _descriptors = [];
    private PollEntry[] _entries = new PollEntry[4];

    private PollWaiter()
    {
        _event = LinuxCalls.CreateEvent(0, LinuxCalls.NonBlocking | LinuxCalls.CloseOnExec);
        if (_event.IsInvalid)
        {
            throw new IOException($"eventfd failed: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        }
    }

    /// <summary>The loop's waiter, after installing one if it has another kind.</summary>
    internal static PollWaiter Of(HostLoop loop)
    {
        if (loop.Waiter is PollWaiter present)
        {
            return present;
        }

        var waiter = new PollWaiter();
        loop.Waiter = waiter;
        return waiter;
    }

    internal void Add(IPolledDescriptor descriptor) => _descriptors.Add(descriptor);

    internal void Remove(IPolledDescriptor descriptor) => _ = _descriptors.Remove(descriptor);

    /// <inheritdoc/>
    public override void Wait(TimeSpan time)
    {
        var count = Prepare();
        TimeSpecification limit = default;
        var forever = time == Timeout.InfiniteTimeSpan;
        if (!forever)
        {
            (limit.Seconds, var ticks) = Math.DivRem(Math.Max(time.Ticks, 0), TimeSpan.TicksPerSecond);
            limit.Nanoseconds = ticks * TimeSpan.NanosecondsPerTick;
        }

        int ready;
        fixed (PollEntry* entries = _entries)
        {
            ready = LinuxCalls.Poll(entries, (nuint)count, forever ? null : &limit, null);
        }

        // Interrupted by a signal (EINTR) is an early return like any other; anything else would make the loop spin, so it is not passed over.
        if (ready < 0 && Marshal.GetLastPInvokeError() is var number and not (ErrorNumber.Interrupted or ErrorNumber.Again))
        {
            throw new IOException($"ppoll of {count} descriptors failed: {Marshal.GetPInvokeErrorMessage(number)}");
        }

        if (ready > 0)
        {
            Dispatch(count);
        }
    }

    /// <inheritdoc/>
    public override void Wake()
    {
        ulong one = 1;
        try
        {
            // It fails only when the count is at its limit, and then the loop is woken as well.
            _ = LinuxCalls.Write(_event, (byte*)&one, sizeof(ulong));
        }
        catch (ObjectDisposedException)
        {
            // A thread that was about to wake a loop that has ended.
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _event.Dispose();
        base.Dispose(disposing);
    }

    private int Prepare()
    {
        var count = _descriptors.Count + 1;
        if (_entries.Length < count)
        {
            _entries = new PollEntry[count * 2];
        }

        _entries[0] = new PollEntry { Descriptor = _event.Number, Events = PollEvents.Readable };
        for (var i = 1; i < count; i++)
        {
            var polled = _descriptors[i - 1];
            _entries[i] = new PollEntry { Descriptor = polled.Descriptor, Events = polled.Awaited };
        }

        return count;
    }

    private void Dispatch(int count)
    {
        if (_entries[0].Returned != PollEvents.None)
        {
            ulong value;
            _ = LinuxCalls.Read(_event, (byte*)&value, sizeof(ulong));
        }

        // Backwards, because a descriptor that is gone removes itself.
        for (var i = count - 1; i > 0; i--)
        {
            if (_entries[i].Returned != PollEvents.None)
            {
                _descriptors[i - 1].OnReady(_entries[i].Returned);
            }
        }
    }
}
