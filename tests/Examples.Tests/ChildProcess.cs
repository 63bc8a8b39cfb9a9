using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Mirage.Examples.Tests;

/// <summary>A program that a test starts; ended with the test.</summary>
internal sealed partial class ChildProcess : IDisposable
{
    public const int Interrupt = 2;
    public const int Terminate = 15;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Task<string> _error;

    private ChildProcess(Process process)
    {
        _process = process;
        _error = process.StandardError.ReadToEndAsync();
    }

    /// <summary>The program's output as it comes.</summary>
    public StreamReader Output => _process.StandardOutput;

    public static ChildProcess Start(string name, params ReadOnlySpan<string> args)
    {
        var start = new ProcessStartInfo(Dotnet()) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Built.Program(name));
        foreach (var arg in args)
        {
            start.ArgumentList.Add(arg);
        }

        return new ChildProcess(Process.Start(start)!);
    }

    /// <summary>Runs a program to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(string name, params string[] args)
    {
        using var child = Start(name, args);
        return await child.EndAsync();
    }

    public void Signal(int number)
    {
        if (kill(_process.Id, number) < 0)
        {
            throw new IOException(Marshal.GetLastPInvokeErrorMessage());
        }
    }

    /// <summary>Waits for a line of output.</summary>
    public async Task<string?> LineAsync() => await Output.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Patience);

    /// <summary>Waits for the end.</summary>
    /// <returns>The exit code, and the rest of the output.</returns>
    public async Task<(int ExitCode, string Output, string Error)> EndAsync()
    {
        var output = await Output.ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(Patience);
        var error = await _error.WaitAsync(Patience);
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Patience);
        return (_process.ExitCode, output, error);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    // The one that runs this test: shared/Microsoft.NETCore.App/VERSION/ is three below it.
    private static string Dotnet()
        => Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int process, int signal);
}
