using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Mirage;

/// <summary>The system calls of a console, restarted when a signal interrupts them.</summary>
[SupportedOSPlatform("linux")]
[SupportedOSPlatform("macos")]
[SupportedOSPlatform("freebsd")]
internal static partial class UnixFile
{
    public const int StandardInput = 0;
    public const int StandardOutput = 1;
    public const int StandardError = 2;

    public const short Readable = 0x1;
    public const short Writable = 0x4;

    private const int Interrupted = 4;
    private const int InputOutput = 5;
    private const int BadDescriptor = 9;
    private const int NoSpace = 28;
    private const int BrokenPipe = 32;

    // EAGAIN is 11 on Linux and 35 on the BSDs; EWOULDBLOCK is the same number on each.
    private static readonly int TryAgain = OperatingSystem.IsLinux() ? 11 : 35;

    /// <summary>Waits until a descriptor is ready, or in a state that reading or writing it reports.</summary>
    /// <param name="descriptor">The descriptor.</param>
    /// <param name="events">For what.</param>
    /// <param name="wait">Whether to wait, or just look.</param>
    /// <returns>Whether it is ready.</returns>
    public static bool Poll(int descriptor, short events, bool wait)
    {
        var poll = new PollDescriptor { Descriptor = descriptor, Events = events };
        int ready;
        do
        {
            ready = Poll(ref poll, 1, wait ? -1 : 0);
        }
        while (ready < 0 && Marshal.GetLastPInvokeError() == Interrupted);

        // If poll itself fails, the read or write that follows says why.
        return ready != 0;
    }

    /// <summary>Reads what there is.</summary>
    /// <returns>How many bytes, 0 at the end; <see cref="ErrorKind.Full"/> without detail when there is nothing now.</returns>
    public static Result<int> Read(int descriptor, Span<byte> buffer)
    {
        nint count;
        do
        {
            count = Read(descriptor, ref MemoryMarshal.GetReference(buffer), (nuint)buffer.Length);
        }
        while (count < 0 && Marshal.GetLastPInvokeError() == Interrupted);

        return count >= 0 ? (int)count : Error("read from", descriptor);
    }

    /// <summary>Writes some bytes.</summary>
    /// <returns>How many; <see cref="ErrorKind.Full"/> without detail when there is no room now.</returns>
    public static Result<int> Write(int descriptor, ReadOnlySpan<byte> bytes)
    {
        nint count;
        do
        {
            count = Write(descriptor, in MemoryMarshal.GetReference(bytes), (nuint)bytes.Length);
        }
        while (count < 0 && Marshal.GetLastPInvokeError() == Interrupted);

        return count >= 0 ? (int)count : Error("write to", descriptor);
    }

    /// <summary>Whether an error means just that the descriptor is not ready.</summary>
    public static bool IsNotReady(DeviceError error) => error is { Kind: ErrorKind.Full, Detail: null };

    private static DeviceError Error(string what, int descriptor)
    {
        var number = Marshal.GetLastPInvokeError();
        if (number == TryAgain)
        {
            return ErrorKind.Full;
        }

        var kind = number switch
        {
            BrokenPipe or BadDescriptor => ErrorKind.Closed,
            InputOutput => ErrorKind.Disconnected,
            NoSpace => ErrorKind.Full,
            _ => ErrorKind.Other,
        };
        return new DeviceError(kind, $"{what} file descriptor {descriptor}: {Marshal.GetPInvokeErrorMessage(number)}");
    }

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(ref PollDescriptor descriptors, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(int descriptor, ref byte buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int descriptor, in byte buffer, nuint length);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Ready;
    }
}
