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
        var ends = stackalloc int[2];
        Assert.Equal(0, CreateSockets(Unix, SequencedPackets | LinuxCalls.NonBlocking | LinuxCalls.CloseOnExec, 0, ends));
        return (Device(ends[0], "a", 1), Device(ends[1], "b", 2));

        TapNetwork Device(int number, string name, ulong mac)
        {
            var descriptor = new FileDescriptor();
            Marshal.InitHandle(descriptor, number);
            return new TapNetwork(TapDevice.Over(loop, descriptor, name, MacAddress.Local(mac), mtu));
        }
    }

    [LibraryImport("libc", EntryPoint = "socketpair")]
    private static partial int CreateSockets(int family, int type, int protocol, int* ends);
}
