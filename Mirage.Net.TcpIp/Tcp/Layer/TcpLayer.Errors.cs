using System.Buffers.Binary;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>What ICMP errors say about segments of ours (RFC 1122 §4.2.3.9, RFC 5927, RFC 5461).</summary>
internal sealed partial class TcpLayer<TIp, TPlatform, TCongestion>
{
    private const int QuotedLength = 8;

    /// <summary>Takes an error whose quote starts with the TCP header's first 8 bytes: ports and sequence number.</summary>
    public void InputError(in IpError error, ReadOnlySpan<byte> quoted)
    {
        if (quoted.Length < QuotedLength || FindQuoted(error, quoted) is not { } connection)
        {
            _counters = _counters with { ErrorsRefused = _counters.ErrorsRefused + 1 };
            return;
        }

        _counters = _counters with { ErrorsReceived = _counters.ErrorsReceived + 1 };
        if (error.Kind == IpErrorKind.PacketTooBig)
        {
            InputTooBig(connection, error);
        }
        else if (connection.State == TcpState.SynSent && IsHard(error.Kind))
        {
            // RFC 1122 §4.2.3.9: a hard error ends what is only being opened.
            Fail(connection, error.ToDeviceError().Kind);
        }
        else
        {
            // RFC 5927 §5.2, RFC 5461: established connections go on, and say so if they fail in the end.
            connection.SoftError = error.ToDeviceError().Kind;
        }
    }

    /// <summary>RFC 5927 §4.1: an error is about a segment that is outstanding, or it is forged or late.</summary>
    private TcpConnection<TCongestion>? FindQuoted(in IpError error, ReadOnlySpan<byte> quoted)
    {
        var (source, destination) = (BinaryPrimitives.ReadUInt16BigEndian(quoted), BinaryPrimitives.ReadUInt16BigEndian(quoted[2..]));
        var sequence = new SequenceNumber(BinaryPrimitives.ReadUInt32BigEndian(quoted[4..]));
        var connection = _connections.Find(error.Local, source, error.Remote, destination);
        return connection is not null && connection.SndUna <= sequence && sequence < connection.SndNxt ? connection : null;
    }

    private static bool IsHard(IpErrorKind kind) => kind is IpErrorKind.PortUnreachable or IpErrorKind.ProtocolUnreachable or IpErrorKind.Prohibited;

    /// <summary>RFC 5927 §7.2: it must say less than what is used, and be about a segment that was larger than what it says.</summary>
    private void InputTooBig(TcpConnection<TCongestion> connection, in IpError error)
    {
        if (error.Mtu != 0 && error.QuotedLength != 0 && error.QuotedLength <= error.Mtu)
        {
            _counters = _counters with { ErrorsRefused = _counters.ErrorsRefused + 1 };
            return;
        }

        // IP keeps it, and tells with its revision all connections that use the path.
        _ip.ReportPathMtu(error.Remote, error.Mtu);
        RequestOutput(connection);
    }
}
