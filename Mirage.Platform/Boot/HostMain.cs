using System.Runtime.InteropServices;

namespace Mirage;

/// <summary>What the <c>Main</c> of a program on a host does: boot arguments, the loop, signals, and exit codes.</summary>
public static class HostMain
{
    private const int Succeeded = 0;
    private const int DeviceFailed = 1;

    // EX_USAGE and EX_SOFTWARE of BSD's sysexits.h.
    private const int WrongArguments = 64;
    private const int ProgramFailed = 70;

    /// <summary>
    /// Runs a program on a new loop, on the calling thread. An interrupt (Ctrl+C) or a termination signal cancels the program's token;
    /// a second one ends the process at once.
    /// </summary>
    /// <param name="boot">The program's arguments.</param>
    /// <param name="args">The command line.</param>
    /// <param name="main">The program; called on the loop, after the arguments have been read.</param>
    /// <returns>
    /// The exit code: 0 when the program is done, was told to stop, or was asked for its help, which is then on the standard output; 1 when a device
    /// failed (a <see cref="DeviceException"/>) and 64 when the command line is wrong, each with one line on the standard error; 70 when the program
    /// failed with another exception, whose text and stack trace are on the standard error. The program too may find that arguments are wrong, those
    /// that do not go together, and says so with a <see cref="BootArgumentException"/>.
    /// </returns>
    public static int Run(BootArguments boot, string[] args, Func<HostPlatform, CancellationToken, Task> main)
    {
        ArgumentNullException.ThrowIfNull(boot);
        ArgumentNullException.ThrowIfNull(args);
        ArgumentNullException.ThrowIfNull(main);
        try
        {
            if (boot.Parse(args) == BootOutcome.Help)
            {
                Console.Out.Write(boot.Help);
                return Succeeded;
            }
        }
        catch (BootArgumentException exception)
        {
            Say(boot, exception.Message);
            return WrongArguments;
        }

        using var stop = new CancellationTokenSource();
        try
        {
            RunOnLoop(main, stop);
            return Succeeded;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return Succeeded;
        }
        catch (BootArgumentException exception)
        {
            Say(boot, exception.Message);
            return WrongArguments;
        }
        catch (DeviceException exception)
        {
            Say(boot, exception.Message);
            return DeviceFailed;
        }
        catch (Exception exception)
        {
            Console.Error.WriteLine($"{boot.Program}: {exception}");
            return ProgramFailed;
        }
    }

    private static void RunOnLoop(Func<HostPlatform, CancellationToken, Task> main, CancellationTokenSource stop)
    {
        using var loop = new HostLoop();
        var platform = new HostPlatform(loop);
        var signals = 0;

        // On a thread of the runtime's. What waits for the token continues on the loop, so it is cancelled there.
        void OnSignal(PosixSignalContext context)
        {
            if (Interlocked.Increment(ref signals) == 1)
            {
                context.Cancel = true;
                loop.Post(static stop => ((CancellationTokenSource)stop!).Cancel(), stop);
            }
        }

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        loop.Run(() => main(platform, stop.Token));
    }

    private static void Say(BootArguments boot, string message)
        => Console.Error.WriteLine($"{boot.Program}: {BootArguments.OneLine(message)}");
}
