namespace Mirage.Net.TcpIp.Tests;

/// <summary>Tests that measure the whole process's memory, or whose real time needs the thread pool that others fill, and so run alone.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public class AloneCollection
{
    public const string Name = "alone";

    /// <summary>Bytes that live objects take.</summary>
    internal static long LiveBytes()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
