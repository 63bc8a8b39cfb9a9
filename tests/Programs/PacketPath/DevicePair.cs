using System.Runtime.InteropServices;
using Mirage;
using Mirage.Net.Tap;

namespace PacketPath;

/// <summary>Two devices over the ends of a pair of sockets that keep messages apart: no privilege is needed, and the code is the same.</summary>
internal static unsafe partial class DevicePair
{
    private const int Unix = 1;
    private const int SequencedPackets = 5;
    private const int Mtu = 1500;

    public static (TapNetwork A, TapNetwork B) Create(HostLoop loop)
    {
        var (a, b) = Sockets();
        return (new(TapDevice.Over(loop, a, "a", MacAddress.Local(1), Mtu)), new(TapDevice.Over(loop, b, "b", MacAddress.Local(2), Mtu)));
    }

    public static (TunDevice A, TunDevice B) CreateTun(HostLoop loop)
    {
        var (a, b) = Sockets();
        return (new(new TunTapDevice(loop, a, InterfaceKind.Tun, "a", Mtu)), new(new TunTapDevice(loop, b, InterfaceKind.Tun, "b", Mtu)));
    }

    private static (FileDescriptor A, FileDescriptor B) Sockets()
    {
        var ends = stackalloc int[2];
        if (CreateSockets(Unix, SequencedPackets | LinuxCalls.NonBlocking | LinuxCalls.CloseOnExec, 0, ends) != 0)
        {
            throw new IOException("socketpair failed");
        }

        return (Descriptor(ends[0]), Descriptor(ends[1]));

        static FileDescriptor Descriptor(int number)
        {
            var descriptor = new FileDescriptor();
            Marshal.InitHandle(descriptor, number);
            return descriptor;
        }
    }

    [LibraryImport("libc", EntryPoint = "socketpair")]
    private static partial int CreateSockets(int family, int type, int protocol, int* ends);
}
