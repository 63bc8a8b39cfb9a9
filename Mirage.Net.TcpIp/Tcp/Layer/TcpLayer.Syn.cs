using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>SYNs and SYN-ACKs as they leave, and the bare segments of connections that there is no object for.</summary>
internal sealed partial class TcpLayer<TIp, TPlatform, TCongestion>
{
    /// <summary>RFC 7323 §2.2: the window of a SYN is never scaled.</summary>
    private ushort SynWindow => (ushort)Math.Min(ushort.MaxValue, Settings.ReceiveBuffer);

    /// <summary>Sends a SYN, or in a simultaneous open a SYN-ACK; when there is room, if the device is full.</summary>
    private void SendSyn(TcpConnection<TCongestion> connection)
    {
        if (!TrySendSyn(connection))
        {
            RequestOutput(connection);
        }
    }

    /// <summary>Sends a SYN with what this end offers or both have agreed on. Its loss is the retransmission timer's.</summary>
    /// <returns>Whether the device had room for it.</returns>
    private bool TrySendSyn(TcpConnection<TCongestion> connection)
    {
        var isAnswer = connection.State == TcpState.SynReceived;
        var options = new TcpOptions
        {
            MaximumSegmentSize = OfferedSegmentSize(connection.Remote.Address),
            SackPermitted = !isAnswer || connection.HasSack,
        };
        if (isAnswer ? connection.HasTimestamps : Settings.Timestamps)
        {
            options.HasTimestamp = true;
            options.TimestampValue = TimestampNow(connection);
            options.TimestampEcho = isAnswer ? connection.TsRecent : 0;
        }

        if (!isAnswer || connection.HasScaling)
        {
            options.HasWindowScale = true;
            options.WindowScale = ReceiveScale;
        }

        var flags = isAnswer ? TcpFlags.Syn | TcpFlags.Ack : TcpFlags.Syn;
        if (isAnswer)
        {
            flags |= connection.ReceivesMarks ? TcpFlags.Ece : TcpFlags.None;
        }
        else
        {
            // RFC 3168 §6.1.1.1: what is on the way may drop SYNs that ask for ECN, and so those that are sent again do not.
            connection.OnSynSent(Settings.Ecn == EcnUse.Always && connection.SndNxt == connection.Iss);
            flags |= connection.OffersEcn ? TcpFlags.Ece | TcpFlags.Cwr : TcpFlags.None;
        }

        if (connection.RetransmitAt.IsNever)
        {
            connection.RetransmitAt = Now + connection.RetransmissionTimeout;
        }

        connection.RcvEdge = connection.RcvNxt + SynWindow;
        connection.Schedule();
        var status = SendControl(connection.Local, connection.Remote, connection.Iss, isAnswer ? connection.RcvNxt : default, flags, SynWindow, options);
        connection.AckNow = status == LendStatus.Full;
        if (status == LendStatus.Full)
        {
            return false;
        }

        if (connection.SndNxt == connection.Iss)
        {
            connection.SndNxt = connection.Iss + 1;
            connection.IsTiming = true;
            connection.LastSentAt = Now;
        }
        else
        {
            // Karn's algorithm (RFC 6298 §3).
            connection.IsTiming = false;
        }

        if (status == LendStatus.Unreachable)
        {
            Fail(connection, ErrorKind.Unreachable);
        }

        return true;
    }

    /// <summary>Sends a half-open connection's SYN-ACK for the first time or at its timer.</summary>
    private void SendSynAnswer(HalfOpen half)
    {
        half.AnsweredAt = Now;
        var wait = Settings.InitialRetransmissionTimeout * (1 << Math.Min((int)half.Timeouts, 16));
        Wheel.Set(half, Instant.Min(Now + TimeSpan.FromTicks(Math.Min(wait.Ticks, Settings.MaximumRetransmissionTimeout.Ticks)), half.TakenAt + Settings.HandshakeLimit));
        RepeatSynAnswer(half);
    }

    private void RepeatSynAnswer(HalfOpen half)
    {
        half.Answers = (byte)Math.Min(half.Answers + 1, byte.MaxValue);
        if (SendSynAck(half.Local, half.Remote, half.Opening, TimestampNow(half.Opening.TsOffset)) == LendStatus.Unreachable)
        {
            FailHalfOpen(half, ErrorKind.Unreachable);
        }
    }

    private LendStatus SendSynAck(in IpEndpoint local, in IpEndpoint remote, in Opening opening, uint timestamp)
    {
        var options = new TcpOptions { MaximumSegmentSize = OfferedSegmentSize(remote.Address), SackPermitted = opening.HasSack };
        if (opening.HasTimestamps)
        {
            options.HasTimestamp = true;
            options.TimestampValue = timestamp;
            options.TimestampEcho = opening.TsRecent;
        }

        if (opening.HasScaling)
        {
            options.HasWindowScale = true;
            options.WindowScale = ReceiveScale;
        }

        var flags = TcpFlags.Syn | TcpFlags.Ack | (opening.HasEcn ? TcpFlags.Ece : TcpFlags.None);
        return SendControl(local, remote, opening.Iss, opening.Irs + 1, flags, SynWindow, options);
    }

    /// <summary>Sends an acknowledgement or a reset of a half-open connection.</summary>
    private void SendBare(HalfOpen half, SequenceNumber sequence, TcpFlags flags)
    {
        var options = default(TcpOptions);
        if (half.Opening.HasTimestamps)
        {
            options.HasTimestamp = true;
            options.TimestampValue = TimestampNow(half.Opening.TsOffset);
            options.TimestampEcho = half.Opening.TsRecent;
        }

        var window = (flags & TcpFlags.Rst) != 0 ? (ushort)0 : (ushort)(SynWindow >> (half.Opening.HasScaling ? ReceiveScale : 0));
        _ = SendControl(half.Local, half.Remote, sequence, half.Next, flags, window, options);
    }

    private LendStatus SendControl(
        in IpEndpoint local, in IpEndpoint remote, SequenceNumber sequence, SequenceNumber acknowledgement, TcpFlags flags, ushort window, in TcpOptions options)
    {
        var info = new IpPacketInfo { Source = local.Address, Destination = remote.Address, Protocol = IpProtocol.Tcp, DontFragment = true };
        var headerLength = TcpSegment.HeaderSize + options.Length;
        var status = _ip.Rent(info, headerLength, out var segment);
        if (status == LendStatus.Lent)
        {
            TcpSegment.WriteHeader(segment, local.Port, remote.Port, sequence, acknowledgement, flags, window, headerLength);
            _ = options.Write(segment[TcpSegment.HeaderSize..]);
            var sum = InternetChecksum.PseudoHeader(local.Address, remote.Address, IpProtocol.Tcp, segment.Length);
            if (!SendFrame(segment, InternetChecksum.Sum(segment, sum)))
            {
                // A device may lend what it then has no room for.
                status = LendStatus.Full;
            }
        }

        return status;
    }
}
