using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Mirage.Consoles.Tests;

/// <summary>Pipes and signals of Linux.</summary>
internal static partial class TestDescriptors
{
    public const int NonBlocking = 0x800;
    public const int UserSignal = 10;

    private const int SetFlags = 4;
    private const int SetPipeSize = 1031;

    /// <summary>A pipe: where to read, and where to write.</summary>
    public static (SafeFileHandle Reader, SafeFileHandle Writer) Pipe(int size = 0)
    {
        var ends = new int[2];
        Check(pipe2(ends, 0));
        if (size > 0)
        {
            Check(fcntl(ends[1], SetPipeSize, size));
        }

        return (new SafeFileHandle(ends[0], ownsHandle: true), new SafeFileHandle(ends[1], ownsHandle: true));
    }

    /// <summary>Sets the flags of one end.</summary>
    public static void SetFlagsOf(SafeFileHandle end, int flags) => Check(fcntl(end.Number(), SetFlags, flags));

    public static int Number(this SafeFileHandle handle) => (int)handle.DangerousGetHandle();

    /// <summary>Gives a signal a handler that does nothing, and after which system calls are not restarted.</summary>
    public static void HandleSignalByDoingNothing(int number)
    {
        var nothing = NativeLibrary.GetExport(NativeLibrary.Load("libc.so.6"), "abs");
        _ = signal(number, nothing);
        Check(siginterrupt(number, 1));
    }

    public static int CurrentThread() => gettid();

    /// <summary>Interrupts a thread.</summary>
    public static void Interrupt(int thread, int number) => Check(tgkill(Environment.ProcessId, thread, number));

    private static void Check(int result)
    {
        if (result < 0)
        {
            throw new IOException(Marshal.GetLastPInvokeErrorMessage());
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int pipe2([Out] int[] ends, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fcntl(int descriptor, int command, int argument);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint signal(int number, nint handler);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int siginterrupt(int number, int interrupt);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int gettid();

    [LibraryImport("libc", SetLastError = true)]
    private static partial int tgkill(int process, int thread, int number);
}
