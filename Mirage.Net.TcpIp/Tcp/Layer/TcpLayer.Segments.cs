using System.Buffers.Binary;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>Segments as they leave: header and options are written into the device's frame, the text is copied there once, with its checksum.</summary>
internal sealed partial class TcpLayer<TIp, TPlatform, TCongestion>
{
    private const long NanosecondsPerMillisecond = 1_000_000;
    private const int ChecksumPosition = 16;

    /// <summary>TS.Val: milliseconds, from where this connection began to count.</summary>
    private uint TimestampNow(TcpConnection<TCongestion> connection) => TimestampNow(connection.TsOffset);

    private uint TimestampNow(uint offset) => (uint)(Now.Nanoseconds / NanosecondsPerMillisecond) + offset;

    /// <summary>Sends data, a FIN, or both, with an acknowledgement. The last of what is written has PSH.</summary>
    private bool SendText(TcpConnection<TCongestion> connection, SequenceNumber sequence, int length, bool fin, bool push = false)
    {
        push |= sequence - connection.SndUna + length >= connection.SendBuffer.Length;
        var flags = TcpFlags.Ack | (fin ? TcpFlags.Fin : 0) | (push && length > 0 ? TcpFlags.Psh : 0);
        byte codepoint = 0;
        if (connection.SendsMarkable && length > 0 && sequence == connection.SndNxt)
        {
            codepoint = EcnField.Capable;
            flags |= connection.ReducedFlag;
        }

        if (!Send(connection, sequence, flags, sequence - connection.SndUna, length, codepoint))
        {
            return false;
        }

        if (codepoint != 0)
        {
            connection.OnReducedTold();
        }

        connection.OnAcknowledgementSent();
        return true;
    }

    /// <summary>Sends an acknowledgement of all that was received, now or when the device has room.</summary>
    private void Acknowledge(TcpConnection<TCongestion> connection)
    {
        if (!SendAcknowledgement(connection))
        {
            connection.AckNow = true;
            RequestOutput(connection);
        }
    }

    private bool SendAcknowledgement(TcpConnection<TCongestion> connection)
    {
        if (!Send(connection, connection.SndNxt, TcpFlags.Ack, 0, 0))
        {
            return false;
        }

        connection.OnAcknowledgementSent();
        return true;
    }

    private bool Send(TcpConnection<TCongestion> connection, SequenceNumber sequence, TcpFlags flags, int position, int length, byte codepoint = 0)
    {
        var options = default(TcpOptions);
        if (connection.HasTimestamps)
        {
            options.HasTimestamp = true;
            options.TimestampValue = TimestampNow(connection);
            options.TimestampEcho = connection.TsRecent;
        }

        // Segments are cut so that the blocks fit (RFC 2018 §4); one that was meant to be longer goes without.
        if (connection.HasSackBlocks && length <= connection.SendSize)
        {
            connection.AddSackBlocks(ref options);
        }

        var headerLength = TcpSegment.HeaderSize + options.Length;
        var segmentSize = OffloadsSegmentation ? _cutSize : 0;
        if (_ip.Rent(InfoFor(connection, codepoint, segmentSize), headerLength + length, out var segment) != LendStatus.Lent)
        {
            return false;
        }

        var (local, remote) = (connection.Local, connection.Remote);
        TcpSegment.WriteHeader(
            segment, local.Port, remote.Port, sequence, connection.RcvNxt, flags | connection.EchoFlag, connection.SelectWindow(), headerLength);
        _ = options.Write(segment[TcpSegment.HeaderSize..headerLength]);
        if (OffloadsChecksum)
        {
            connection.SendBuffer.Copy(position, segment[headerLength..]);
            return SendPartial(connection, segment, length, segmentSize);
        }

        var sum = InternetChecksum.PseudoHeader(local.Address, remote.Address, IpProtocol.Tcp, segment.Length);
        sum = InternetChecksum.Sum(segment[..headerLength], sum);
        if (length > 0)
        {
            sum = connection.SendBuffer.CopyAndSum(position, segment[headerLength..], sum);
        }

        return SendFrame(segment, sum);
    }

    /// <summary>Sends a reset of a connection: SEQ as said, and, once the peer's sequence is known, an acknowledgement.</summary>
    private void SendReset(TcpConnection<TCongestion> connection, SequenceNumber sequence)
    {
        // RFC 7323 §3.2: a reset of a connection with timestamps should have one too.
        var options = default(TcpOptions);
        if (connection.HasTimestamps)
        {
            options.HasTimestamp = true;
            options.TimestampValue = TimestampNow(connection);
            options.TimestampEcho = connection.TsRecent;
        }

        var flags = connection.IsSynchronized ? TcpFlags.Ack : 0;
        SendReset(InfoFor(connection), connection.Local.Port, connection.Remote.Port, sequence, connection.RcvNxt, flags, options);
    }

    /// <summary>Answers a segment that belongs to no connection (RFC 9293 §3.10.7.1).</summary>
    private void SendResetFor(in IpPacketInfo info, in TcpSegment segment)
    {
        if ((segment.Flags & TcpFlags.Rst) != 0)
        {
            return;
        }

        // At random, as challenges are: what is forged and hits a connection gets none.
        if (!_resetLimit.TryTakeAtRandom(_platform))
        {
            _counters = _counters with { ResetsLimited = _counters.ResetsLimited + 1 };
            return;
        }

        var reply = new IpPacketInfo { Source = info.Destination, Destination = info.Source, Protocol = IpProtocol.Tcp, DontFragment = true };
        if ((segment.Flags & TcpFlags.Ack) != 0)
        {
            SendReset(reply, segment.DestinationPort, segment.SourcePort, segment.Acknowledgement, default, 0);
        }
        else
        {
            SendReset(reply, segment.DestinationPort, segment.SourcePort, default, segment.Sequence + segment.SequenceLength, TcpFlags.Ack);
        }
    }

    private void SendReset(in IpPacketInfo info, ushort sourcePort, ushort destinationPort, SequenceNumber sequence, SequenceNumber acknowledgement, TcpFlags flags, in TcpOptions options = default)
    {
        var headerLength = TcpSegment.HeaderSize + options.Length;
        if (_ip.Rent(info, headerLength, out var segment) != LendStatus.Lent)
        {
            return;
        }

        TcpSegment.WriteHeader(segment, sourcePort, destinationPort, sequence, acknowledgement, TcpFlags.Rst | flags, 0, headerLength);
        _ = options.Write(segment[TcpSegment.HeaderSize..]);
        var sum = InternetChecksum.PseudoHeader(info.Source, info.Destination, IpProtocol.Tcp, segment.Length);
        if (SendFrame(segment, InternetChecksum.Sum(segment, sum)))
        {
            _counters = _counters with { ResetsSent = _counters.ResetsSent + 1 };
        }
    }

    private bool SendFrame(Span<byte> segment, ulong sum)
    {
        BinaryPrimitives.WriteUInt16BigEndian(segment[ChecksumPosition..], InternetChecksum.Finish(sum));
        return SendLent(default, segments: 1);
    }

    private bool SendLent(in FrameInfo info, int segments)
    {
        if (_ip.Send(info) != SendStatus.Sent)
        {
            return false;
        }

        _segmentsSent += segments;
        return true;
    }

    private static IpPacketInfo InfoFor(TcpConnection<TCongestion> connection, byte codepoint = 0, int segmentSize = 0) => new()
    {
        Source = connection.Local.Address,
        Destination = connection.Remote.Address,
        Protocol = IpProtocol.Tcp,
        Flow = ((uint)connection.Local.Port << 16) | connection.Remote.Port,
        TrafficClass = codepoint,
        DontFragment = true,
        SegmentSize = (ushort)segmentSize,
    };
}
