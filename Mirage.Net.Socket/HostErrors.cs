using System.Net.Sockets;

namespace Mirage.Net.Socket;

/// <summary>What the host's errors are called here.</summary>
internal static class HostErrors
{
    /// <summary>The error of a connection that exists.</summary>
    public static DeviceError OfFlow(SocketError error) => error switch
    {
        SocketError.ConnectionReset or SocketError.Shutdown or SocketError.ConnectionAborted or SocketError.NotConnected => ErrorKind.Reset,
        _ => new DeviceError(Kind(error), new SocketException((int)error).Message),
    };

    /// <summary>Why there is no connection.</summary>
    public static DeviceError OfConnect(IpEndpoint remote, SocketError error) => error switch
    {
        SocketError.ConnectionRefused => new(ErrorKind.Refused, $"connect to {remote}: nobody listens there"),
        SocketError.TimedOut => TimedOut(remote),
        // With no port left to connect from, Linux says "address not available" (connect(2)).
        SocketError.AddressAlreadyInUse or SocketError.AddressNotAvailable
            => new(ErrorKind.InUse, $"connect to {remote}: no local port is left for this destination"),
        SocketError.ConnectionReset => new(ErrorKind.Reset, $"connect to {remote}: the peer reset the connection"),
        _ => new(Kind(error), $"connect to {remote}: {new SocketException((int)error).Message}"),
    };

    public static DeviceError TimedOut(IpEndpoint remote) => new(ErrorKind.TimedOut, $"connect to {remote}: no answer in the time allowed");

    /// <summary>Why a local endpoint cannot be had.</summary>
    public static DeviceError OfBind(string protocol, IpEndpoint local, SocketError error) => error switch
    {
        SocketError.AddressAlreadyInUse => new(
            ErrorKind.InUse, $"{protocol} port {local.Port} is in use; stop what listens there, or take another port"),
        SocketError.AccessDenied => new(
            ErrorKind.NotPermitted,
            $"{protocol} port {local.Port}: the host does not permit this program to take it; take a port from 1024 up, or allow lower ones "
            + "(on Linux: setcap cap_net_bind_service=+ep on the program, or sysctl net.ipv4.ip_unprivileged_port_start)"),
        SocketError.AddressNotAvailable => new(ErrorKind.Invalid, $"{protocol} port {local.Port}: {local.Address} is not an address of this host"),
        _ => new(Kind(error), $"{protocol} {local}: {new SocketException((int)error).Message}"),
    };

    /// <summary>Why a datagram was not sent; without words, because it may happen for every one.</summary>
    public static DeviceError OfDatagram(SocketError error) => Kind(error);

    private static ErrorKind Kind(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => ErrorKind.Refused,
        SocketError.ConnectionReset or SocketError.ConnectionAborted => ErrorKind.Reset,
        SocketError.TimedOut => ErrorKind.TimedOut,
        SocketError.NetworkUnreachable or SocketError.HostUnreachable or SocketError.HostDown or SocketError.NetworkDown => ErrorKind.Unreachable,
        SocketError.AddressFamilyNotSupported or SocketError.ProtocolFamilyNotSupported => ErrorKind.Unreachable,
        SocketError.AddressAlreadyInUse => ErrorKind.InUse,
        SocketError.AccessDenied => ErrorKind.NotPermitted,
        SocketError.WouldBlock or SocketError.NoBufferSpaceAvailable or SocketError.TooManyOpenSockets => ErrorKind.Full,
        SocketError.MessageSize => ErrorKind.TooLarge,
        SocketError.AddressNotAvailable or SocketError.InvalidArgument or SocketError.DestinationAddressRequired => ErrorKind.Invalid,
        _ => ErrorKind.Other,
    };
}
