using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>The way up: which connection or listener a segment is for.</summary>
internal sealed partial class TcpLayer<TIp, TPlatform, TCongestion>
{
    public void Input(in IpPacketInfo info, ReadOnlySpan<byte> payload, in FrameInfo frame)
    {
        _segmentsReceived++;
        if (!TcpSegment.TryParse(payload, out var segment))
        {
            _counters = _counters with { Malformed = _counters.Malformed + 1 };
            return;
        }

        if (frame.Checksum == ChecksumState.Complete && !segment.VerifyChecksum(info.Source, info.Destination))
        {
            _counters = _counters with { BadChecksum = _counters.BadChecksum + 1 };
            return;
        }

        if (TakesJoined)
        {
            CountJoined(segment, frame);
        }

        var connection = _connections.Find(info.Destination, segment.DestinationPort, info.Source, segment.SourcePort);
        if (connection is null)
        {
            InputUnknown(info, segment);
        }
        else if (connection.State == TcpState.SynSent)
        {
            InputSynSent(connection, segment);
        }
        else if (connection.State == TcpState.TimeWait && IsNewConnection(connection, segment))
        {
            // RFC 6191 §2, RFC 9293 §3.6.1: a SYN that cannot belong to the old connection opens a new one.
            InputSyn(FindListener(segment.DestinationPort, info.Destination)!, info, segment, connection);
        }
        else
        {
            InputSynchronized(connection, segment, EcnField.IsMarked(info.TrafficClass));
        }
    }

    private void InputUnknown(in IpPacketInfo info, in TcpSegment segment)
    {
        // RFC 9293 §3.9.2.3, RFC 1122 §4.2.3.10: connections are with one host each.
        if (info.IsBroadcast || info.Destination.IsMulticast || segment.SourcePort == 0)
        {
            return;
        }

        if (_halfOpen.Find(info.Destination, segment.DestinationPort, info.Source, segment.SourcePort) is { } half)
        {
            InputHalfOpen(half, info, segment);
            return;
        }

        var listener = FindListener(segment.DestinationPort, info.Destination);
        switch (segment.Flags & (TcpFlags.Syn | TcpFlags.Ack | TcpFlags.Rst))
        {
            case TcpFlags.Syn when listener is not null:
                InputSyn(listener, info, segment);
                break;
            case TcpFlags.Ack when listener is not null && TryOpenByCookie(listener, info, segment):
                break;
            case 0 when listener is not null:
                // RFC 9293 §3.10.7.2, fourth step: dropped.
                break;
            default:
                SendResetFor(info, segment);
                break;
        }
    }

    private bool IsNewConnection(TcpConnection<TCongestion> connection, in TcpSegment segment)
    {
        if ((segment.Flags & (TcpFlags.Syn | TcpFlags.Ack | TcpFlags.Rst)) != TcpFlags.Syn
            || FindListener(segment.DestinationPort, connection.Local.Address) is null)
        {
            return false;
        }

        var options = TcpOptions.Parse(segment.Options);
        return connection.HasTimestamps && options.HasTimestamp && options.TimestampValue != connection.TsRecent
            ? (int)(options.TimestampValue - connection.TsRecent) > 0
            : segment.Sequence > connection.RcvNxt;
    }
}
