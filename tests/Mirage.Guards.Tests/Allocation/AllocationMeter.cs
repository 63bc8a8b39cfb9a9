using System.Runtime;

namespace Mirage.Guards.Tests.Allocation;

/// <summary>Counts what the thread allocates between two points of a long run, after a warm-up.</summary>
/// <param name="warmUp">At which step the count begins.</param>
/// <param name="end">At which step it ends.</param>
internal sealed class AllocationMeter(int warmUp, int end)
{
    private long _before;
    private int _step;

    /// <summary>What was allocated, in bytes.</summary>
    public long Allocated { get; private set; } = -1;

    /// <summary>Whether the run is over.</summary>
    public bool IsOver => Allocated >= 0;

    /// <summary>Takes a step.</summary>
    /// <returns>Whether more are to follow.</returns>
    public bool Step()
    {
        _step++;
        if (_step == warmUp)
        {
            // The thread's count is not exact while collections run in the background.
            Check.That(GCSettings.LatencyMode == GCLatencyMode.Batch);
            _before = GC.GetAllocatedBytesForCurrentThread();
        }
        else if (_step == end)
        {
            Allocated = GC.GetAllocatedBytesForCurrentThread() - _before;
        }

        return _step < end;
    }
}

/// <summary>Assertions that allocate nothing when they hold.</summary>
internal static class Check
{
    public static void That(bool condition, [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(condition))] string text = "")
    {
        if (!condition)
        {
            Assert.Fail(text);
        }
    }
}
