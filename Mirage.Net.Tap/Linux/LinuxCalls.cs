using System.Runtime.InteropServices;

namespace Mirage.Net.Tap;

/// <summary>The system calls, with the constants that x64 and arm64 share.</summary>
internal static unsafe partial class LinuxCalls
{
    public const int ReadWrite = 2;
    public const int NonBlocking = 0x800;
    public const int CloseOnExec = 0x8_0000;
    public const int InternetFamily = 2;
    public const int DatagramSocket = 2;
    public const nuint SetTunInterface = 0x4004_54ca;
    public const nuint GetInterfaceMtu = 0x8921;
    public const short TunMode = 0x0001;
    public const short TapMode = 0x0002;
    public const short NoPacketInfo = 0x1000;

    private const string Library = "libc";

    [LibraryImport(Library, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial FileDescriptor Open(string path, int flags);

    [LibraryImport(Library, EntryPoint = "socket", SetLastError = true)]
    public static partial FileDescriptor Socket(int family, int type, int protocol);

    [LibraryImport(Library, EntryPoint = "close")]
    public static partial int Close(int descriptor);

    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Control(FileDescriptor descriptor, nuint request, ref InterfaceRequest argument);

    [LibraryImport(Library, EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(FileDescriptor descriptor, byte* buffer, nint size);

    [LibraryImport(Library, EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(FileDescriptor descriptor, byte* buffer, nint size);

    [LibraryImport(Library, EntryPoint = "eventfd", SetLastError = true)]
    public static partial FileDescriptor CreateEvent(uint initial, int flags);

    [LibraryImport(Library, EntryPoint = "ppoll", SetLastError = true)]
    public static partial int Poll(PollEntry* entries, nuint count, TimeSpecification* time, void* signals);
}

/// <summary><c>struct ifreq</c>: a name, and a union of which the first word is enough here.</summary>
internal unsafe struct InterfaceRequest
{
    public const int NameSize = 16;

    private fixed byte _name[NameSize];
    private int _value;
    private fixed byte _rest[20];

    public InterfaceRequest(ReadOnlySpan<byte> name)
    {
        fixed (byte* destination = _name)
        {
            name.CopyTo(new Span<byte>(destination, NameSize - 1));
        }
    }

    public readonly int Mtu => _value;

    public short Flags
    {
        set => _value = value;
    }
}

/// <summary><c>struct pollfd</c>.</summary>
internal struct PollEntry
{
    public int Descriptor;
    public PollEvents Events;
    public PollEvents Returned;
}

/// <summary><c>POLLIN</c> and its like.</summary>
[Flags]
internal enum PollEvents : short
{
    None = 0,
    Readable = 0x01,
    Writable = 0x04,
    Error = 0x08,
    HungUp = 0x10,
    Invalid = 0x20,
}

/// <summary><c>struct timespec</c>.</summary>
internal struct TimeSpecification
{
    public long Seconds;
    public long Nanoseconds;
}

/// <summary>The error numbers that are told apart.</summary>
internal static class ErrorNumber
{
    public const int NotPermitted = 1;
    public const int NoEntry = 2;
    public const int Interrupted = 4;
    public const int InputOutput = 5;
    public const int NoSuchAddress = 6;
    public const int Again = 11;
    public const int NoMemory = 12;
    public const int AccessDenied = 13;
    public const int Busy = 16;
    public const int NoDevice = 19;
    public const int Invalid = 22;
    public const int BadDescriptorState = 77;
    public const int NoBuffers = 105;
}
