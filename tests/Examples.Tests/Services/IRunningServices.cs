using Services;

namespace Mirage.Examples.Tests;

public interface IRunningServices : IRunningExample
{
    ServicePorts Ports { get; }
}
