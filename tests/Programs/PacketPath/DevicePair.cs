using System.Runtime.InteropServices;
using Mirage;
using Mirage.Net.Tap;

namespace PacketPath;

/// <summary>Two TAP devices over the ends of a pair of sockets that keep messages apart: no privilege is needed, and the code is the same.</summary>
internal static unsafe partial class DevicePair
{
    private const int Unix = 1;
    private const int SequencedPackets = 5;

    public static (TapNetwork A, TapNetwork B) Create(HostLoop loop)
    {
        var ends = stackalloc int[2];
        if (CreateSockets(Unix, SequencedPackets | LinuxCalls.NonBlocking | LinuxCalls.CloseOnExec, 0, ends) != 0)
        {
            throw new IOException("socketpair failed");
        }

        return (Device(ends[0], "a", 1), Device(ends[1], "b", 2));

        TapNetwork Device(int number, string name, ulong mac)
        {
            var descriptor = new FileDescriptor();
            Marshal.InitHandle(descriptor, number);
            return new TapNetwork(TapDevice.Over(loop, descriptor, name, MacAddress.Local(mac), mtu: 1500));
        }
    }

    [LibraryImport("libc", EntryPoint = "socketpair")]
    private static partial int CreateSockets(int family, int type, int protocol, int* ends);
}
