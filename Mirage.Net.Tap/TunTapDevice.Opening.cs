using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace Mirage.Net.Tap;

internal partial class TunTapDevice
{
    private static readonly SearchValues<char> NotInNames = SearchValues.Create("/:% \t\n\0");

    private const string TunPath = "/dev/net/tun";

    /// <summary>Attaches to an interface that exists.</summary>
    public static Result<(FileDescriptor Descriptor, int Mtu)> Attach(InterfaceKind kind, string name)
    {
        var bytes = Encoding.UTF8.GetBytes(name);
        if (bytes.Length is 0 or >= InterfaceRequest.NameSize || name is "." or ".." || name.AsSpan().ContainsAny(NotInNames))
        {
            return Error(ErrorKind.Invalid, name, 0, $"'{name}' cannot be the name of an interface: 1 to 15 bytes, without spaces, '/', ':' and '%'");
        }

        // Attaching would make an interface that does not exist, if permitted: without addresses, and gone with the program.
        var mtu = ReadMtu(kind, name, bytes);
        if (!mtu.IsDone)
        {
            return mtu.Error;
        }

        var descriptor = Attach(kind, name, bytes);
        return descriptor.IsDone ? (descriptor.Value, mtu.Value) : descriptor.Error;
    }

    protected static DeviceError Error(ErrorKind kind, string name, int number, string text) => new(kind, new TapError(name, number, text));

    private static Result<int> ReadMtu(InterfaceKind kind, string name, ReadOnlySpan<byte> bytes)
    {
        using var socket = LinuxCalls.Socket(LinuxCalls.InternetFamily, LinuxCalls.DatagramSocket | LinuxCalls.CloseOnExec, 0);
        var request = new InterfaceRequest(bytes);
        if (!socket.IsInvalid && LinuxCalls.Control(socket, LinuxCalls.GetInterfaceMtu, ref request) == 0)
        {
            return request.Mtu;
        }

        var number = Marshal.GetLastPInvokeError();
        return number == ErrorNumber.NoDevice
            ? Error(
                ErrorKind.NotFound,
                name,
                number,
                $"no {kind.Name} interface '{name}' here; create it with: sudo ip tuntap add dev {name} mode {kind.Mode} user $USER && sudo ip addr add 10.0.0.1/24 dev {name} && sudo ip link set {name} up")
            : Error(ErrorKind.Other, name, number, $"asking for the MTU of '{name}' failed: {Message(number)}");
    }

    private static Result<FileDescriptor> Attach(InterfaceKind kind, string name, ReadOnlySpan<byte> bytes)
    {
        var descriptor = LinuxCalls.Open(TunPath, LinuxCalls.ReadWrite | LinuxCalls.NonBlocking | LinuxCalls.CloseOnExec);
        if (descriptor.IsInvalid)
        {
            var number = Marshal.GetLastPInvokeError();
            descriptor.Dispose();
            return number switch
            {
                ErrorNumber.NoEntry or ErrorNumber.NoDevice or ErrorNumber.NoSuchAddress => Error(
                    ErrorKind.NotFound, name, number, $"{TunPath} is missing: the kernel has no {kind.Name} here; load it with: modprobe tun"),
                ErrorNumber.AccessDenied or ErrorNumber.NotPermitted => Error(
                    ErrorKind.NotPermitted, name, number, $"not permitted to open {TunPath}; permit it with: chmod 0666 {TunPath}"),
                _ => Error(ErrorKind.Other, name, number, $"opening {TunPath} failed: {Message(number)}"),
            };
        }

        var request = new InterfaceRequest(bytes) { Flags = (short)(kind.Flag | LinuxCalls.NoPacketInfo) };
        if (LinuxCalls.Control(descriptor, LinuxCalls.SetTunInterface, ref request) == 0)
        {
            return descriptor;
        }

        var failure = Marshal.GetLastPInvokeError();
        descriptor.Dispose();
        return failure switch
        {
            ErrorNumber.NotPermitted or ErrorNumber.AccessDenied => Error(
                ErrorKind.NotPermitted,
                name,
                failure,
                $"not permitted to attach to '{name}', which belongs to another user; create it with: sudo ip tuntap add dev {name} mode {kind.Mode} user $USER"),
            ErrorNumber.Busy => Error(ErrorKind.InUse, name, failure, $"another program has '{name}' open"),
            ErrorNumber.Invalid => Error(
                ErrorKind.Invalid,
                name,
                failure,
                $"'{name}' is not a {kind.Name} interface with one queue; create another with: sudo ip tuntap add dev {kind.Mode}0 mode {kind.Mode} user $USER"),
            _ => Error(ErrorKind.Other, name, failure, $"attaching to '{name}' failed: {Message(failure)}"),
        };
    }

    private static string Message(int number) => $"{Marshal.GetPInvokeErrorMessage(number)} (errno {number})";
}
