using System.Buffers.Binary;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>What ICMP errors say about segments of ours.</summary>
internal sealed partial class TcpLayer<TIp, TPlatform, TCongestion>
{
    /// <summary>Takes an error whose quote starts with the TCP header's first 8 bytes: ports and sequence number.</summary>
    public void InputError(in IpError error, ReadOnlySpan<byte> quoted)
    {
        var connection = _connections.Find(
            error.Local, BinaryPrimitives.ReadUInt16BigEndian(quoted), error.Remote, BinaryPrimitives.ReadUInt16BigEndian(quoted[2..]));
        var sequence = new SequenceNumber(BinaryPrimitives.ReadUInt32BigEndian(quoted[4..]));

        // RFC 5927 §4.1: only about what is outstanding.
        if (connection is null || sequence < connection.SndUna || sequence >= connection.SndNxt)
        {
            _counters = _counters with { ErrorsRefused = _counters.ErrorsRefused + 1 };
            return;
        }

        _counters = _counters with { ErrorsReceived = _counters.ErrorsReceived + 1 };

        // RFC 1122 §4.2.3.9: a hard error ends what is only being opened (RFC 5927 §5.2: and nothing else).
        if (connection.State == TcpState.SynSent && error.Kind is IpErrorKind.PortUnreachable or IpErrorKind.ProtocolUnreachable)
        {
            Fail(connection, error.ToDeviceError().Kind);
        }
    }
}
