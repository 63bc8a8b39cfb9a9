using System.Net;
using System.Net.Sockets;

namespace Mirage.Net.Socket;

/// <summary>A datagram that was sent and, others say, not delivered.</summary>
/// <param name="Remote">To where.</param>
/// <param name="Error">Why.</param>
internal sealed record FailedDatagram(IpEndpoint Remote, DeviceError Error);

/// <summary>
/// The errors that Linux keeps for a datagram socket (IP_RECVERR, ip(7)): a call on the socket fails with the error's number, and the queue of errors has the datagram's
/// destination.
/// </summary>
internal sealed class DatagramErrors(HostSocket socket, DatagramFailed report)
{
    private const int LevelIp = 0;
    private const int LevelIpv6 = 41;
    private const int ReceiveErrorsIp = 11;
    private const int ReceiveErrorsIpv6 = 25;
    private const SocketFlags FromErrorQueue = (SocketFlags)0x2000;

    // The start of the datagram is quoted, which is of no interest here.
    private readonly byte[] _quoted = new byte[64];

    public DatagramFailed Report => report;

    /// <summary>Makes the host keep errors, where it can.</summary>
    public static bool TryEnable(HostSocket socket)
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        ReadOnlySpan<byte> on = [1, 0, 0, 0];
        if (socket.AddressFamily == AddressFamily.InterNetworkV6)
        {
            socket.SetRawSocketOption(LevelIpv6, ReceiveErrorsIpv6, on);
        }

        if (socket.AddressFamily == AddressFamily.InterNetwork || socket.DualMode)
        {
            socket.SetRawSocketOption(LevelIp, ReceiveErrorsIp, on);
        }

        return true;
    }

    /// <summary>Takes the error that made a call fail out of the host's queue.</summary>
    /// <param name="error">What the call failed with.</param>
    /// <returns>Which datagram it is about, or <see langword="null"/> if it is about none.</returns>
    public FailedDatagram? TryTake(SocketError error)
    {
        EndPoint destination = new IPEndPoint(socket.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        try
        {
            lock (_quoted)
            {
                _ = socket.ReceiveFrom(_quoted, FromErrorQueue, ref destination);
            }
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.MessageSize)
        {
            // The datagram was longer than what is kept of it; the destination is there.
        }
        catch (SocketException)
        {
            return null;
        }

        return new FailedDatagram(IpEndpoint.From((IPEndPoint)destination), HostErrors.OfDatagram(error));
    }
}
