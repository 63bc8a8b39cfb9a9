namespace Mirage.Interoperation.Tests;

internal static class Signals
{
    public const int Interrupt = 2;
    public const int Terminate = 15;
}
