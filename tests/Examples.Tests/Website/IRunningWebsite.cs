namespace Mirage.Examples.Tests;

public interface IRunningWebsite : IRunningExample
{
    ushort Port { get; }

    /// <summary>The directory that is served.</summary>
    ServedDirectory Served { get; }
}
