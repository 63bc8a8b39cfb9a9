namespace Mirage.Examples.Tests;

/// <summary>How a program on a host ends: <see cref="HostMain"/> in a process of its own.</summary>
public sealed class HostMainTests
{
    private const int KilledByInterrupt = 128 + ChildProcess.Interrupt;

    [Fact]
    public async Task A_program_that_is_done_gives_0()
        => Assert.Equal((0, "", ""), await RunAsync("done"));

    [Fact]
    public async Task A_failing_device_gives_1_and_one_line()
        => Assert.Equal((1, "", "ending: open tap0: not permitted\n"), await RunAsync("device"));

    [Fact]
    public async Task A_wrong_argument_gives_64_and_one_line()
    {
        Assert.Equal((64, "", "ending: --how needs a value\n"), await ChildProcess.RunAsync("HostMainProgram", "--how"));
        Assert.Equal((64, "", "ending: unknown argument 'a b' (see --help)\n"), await ChildProcess.RunAsync("HostMainProgram", "a\nb"));
    }

    [Fact]
    public async Task An_argument_that_the_program_finds_wrong_gives_64_and_one_line()
        => Assert.Equal((64, "", "ending: --how: not with these others\n"), await RunAsync("argument"));

    [Theory]
    [InlineData("fail", "System.InvalidOperationException: a mistake")]
    [InlineData("cancelled", "System.OperationCanceledException")]
    public async Task Another_failure_gives_70_and_the_stack_trace(string how, string expected)
    {
        var (exitCode, output, error) = await RunAsync(how);
        Assert.Equal((70, ""), (exitCode, output));
        Assert.StartsWith($"ending: {expected}", error, StringComparison.Ordinal);
        Assert.Contains("   at ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("wait", ChildProcess.Interrupt, "")]
    [InlineData("wait", ChildProcess.Terminate, "")]
    [InlineData("wait-then-clean", ChildProcess.Interrupt, "cleaned on the loop\n")]
    [InlineData("wait-then-clean", ChildProcess.Terminate, "cleaned on the loop\n")]
    public async Task A_signal_stops_the_program_in_order_and_gives_0(string how, int signal, string output)
    {
        SkipWithoutSignals();
        using var child = ChildProcess.Start("HostMainProgram", "--how", how);
        Assert.Equal("waiting", await child.LineAsync());
        child.Signal(signal);
        Assert.Equal((0, output, ""), await child.EndAsync());
    }

    [Fact]
    public async Task A_second_interrupt_ends_a_program_that_does_not_listen()
    {
        SkipWithoutSignals();
        using var child = ChildProcess.Start("HostMainProgram", "--how", "deaf");
        Assert.Equal("waiting", await child.LineAsync());
        child.Signal(ChildProcess.Interrupt);
        Assert.Equal("not now", await child.LineAsync());
        child.Signal(ChildProcess.Interrupt);
        Assert.Equal((KilledByInterrupt, "", ""), await child.EndAsync());
    }

    private static void SkipWithoutSignals() => Assert.SkipWhen(OperatingSystem.IsWindows(), "signals of Unix");

    private static Task<(int ExitCode, string Output, string Error)> RunAsync(string how)
        => ChildProcess.RunAsync("HostMainProgram", "--how", how);
}
