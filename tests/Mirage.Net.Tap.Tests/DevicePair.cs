using System.Runtime.InteropServices;

namespace Mirage.Net.Tap.Tests;

/// <summary>
/// Two devices over the ends of a pair of sockets that keep messages apart: to the code above the system calls they are like a TAP
/// interface, but need no
/// privilege, can be full, and have another device at the far end.
/// </summary>
internal static unsafe partial class DevicePair
{
    private const int Unix = 1;
    private const int SequencedPackets = 5;

    public static (TapNetwork A, TapNetwork B) Create(HostLoop loop, int mtu = 1500)
    {
        var (a, b) = Sockets();
        return (new(TapDevice.Over(loop, a, "a", MacAddress.Local(1), mtu)), new(TapDevice.Over(loop, b, "b", MacAddress.Local(2), mtu)));
    }

    public static (TunDevice A, TunDevice B) CreateTun(HostLoop loop, int mtu = 1500)
    {
        var (a, b) = Sockets();
        return (new(new TunTapDevice(loop, a, InterfaceKind.Tun, "a", mtu)), new(new TunTapDevice(loop, b, InterfaceKind.Tun, "b", mtu)));
    }

    private static (FileDescriptor A, FileDescriptor B) Sockets()
    {
        var ends = stackalloc int[2];
        Assert.Equal(0, CreateSockets(Unix, SequencedPackets | LinuxCalls.NonBlocking | LinuxCalls.CloseOnExec, 0, ends));
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
