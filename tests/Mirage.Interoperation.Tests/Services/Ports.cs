namespace Mirage.Interoperation.Tests;

/// <summary>Where the services are.</summary>
internal static class Ports
{
    public const int Echo = 7;
    public const int Closed = 8;
    public const int Discard = 9;
    public const int Chargen = 19;
}
