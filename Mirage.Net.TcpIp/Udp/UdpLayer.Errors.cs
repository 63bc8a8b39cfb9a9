using System.Buffers.Binary;

namespace Mirage.Net.TcpIp;

/// <summary>What ICMP errors say about datagrams of ours (RFC 1122 §4.1.3.3).</summary>
internal sealed partial class UdpLayer<TIp, TPlatform>
{
    /// <summary>Takes an error whose quote starts with the UDP header.</summary>
    public void InputError(in IpError error, ReadOnlySpan<byte> quoted)
    {
        var local = new IpEndpoint(error.Local, BinaryPrimitives.ReadUInt16BigEndian(quoted));
        var remote = new IpEndpoint(error.Remote, BinaryPrimitives.ReadUInt16BigEndian(quoted[2..]));

        // RFC 5927 §4: UDP knows nothing of what it sent but the port that it was sent from.
        if (Find(local.Port, local.Address, remote) is not { } listener)
        {
            // RFC 4787 (REQ-12): what an error says does not end an association; only the path's size is of use.
            if (_pairings.Find(remote, local) is not null)
            {
                _counters = _counters with { ErrorsReceived = _counters.ErrorsReceived + 1 };
                if (error.Kind == IpErrorKind.PacketTooBig)
                {
                    _ip.ReportPathMtu(error.Remote, error.Mtu);
                }

                return;
            }

            _counters = _counters with { ErrorsRefused = _counters.ErrorsRefused + 1 };
            return;
        }

        _counters = _counters with { ErrorsReceived = _counters.ErrorsReceived + 1 };
        if (error.Kind == IpErrorKind.PacketTooBig)
        {
            _ip.ReportPathMtu(error.Remote, error.Mtu);
        }

        if (listener.OnError is { } onError)
        {
            Tell(onError, local, remote, error.ToDeviceError());
        }
    }

    /// <summary>Posted: the program goes on outside of the turn's packets.</summary>
    private void Tell(DatagramFailed onError, IpEndpoint local, IpEndpoint remote, DeviceError error)
        => _platform.Post(_ => onError(local, remote, error), null);
}
