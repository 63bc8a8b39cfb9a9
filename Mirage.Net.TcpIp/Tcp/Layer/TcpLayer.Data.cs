using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>The text and the FIN of a segment (RFC 9293 §3.10.7.4, seventh and eighth steps).</summary>
internal sealed partial class TcpLayer<TIp, TPlatform, TCongestion>
{
    private void InputText(TcpConnection<TCongestion> connection, in TcpSegment segment)
    {
        var hasFin = (segment.Flags & TcpFlags.Fin) != 0;
        if (segment.Payload.IsEmpty && !hasFin)
        {
            return;
        }

        if (connection.FinReceived)
        {
            // RFC 9293 §3.10.7.4: after a FIN there is no text.
            Acknowledge(connection);
            return;
        }

        if (!segment.Payload.IsEmpty && connection.IsOrphan && connection.State == TcpState.FinWait2
            && segment.Sequence + segment.Payload.Length > connection.RcvNxt)
        {
            // RFC 9293 §3.6.1, RFC 1122 §4.2.2.13: nobody will read it, and the peer is to know; but not before it has all that was written.
            SendReset(connection, connection.SndNxt);
            Fail(connection, ErrorKind.Reset);
            return;
        }

        var end = segment.Sequence + segment.Payload.Length;
        if (hasFin && !connection.HasFinSequence && !connection.ReceiveBuffer.ReachesBeyond(end))
        {
            connection.HasFinSequence = true;
            connection.FinSequence = end;
        }

        if (!segment.Payload.IsEmpty)
        {
            TakeText(connection, segment.Sequence, segment.Payload);
        }

        if (connection.HasFinSequence && connection.RcvNxt == connection.FinSequence)
        {
            TakeFin(connection);
        }
        else if (hasFin && segment.Payload.IsEmpty)
        {
            // With text the text has been answered.
            connection.AckNow = true;
        }

        RequestOutput(connection);
    }

    private void TakeText(TcpConnection<TCongestion> connection, SequenceNumber sequence, ReadOnlySpan<byte> text)
    {
        // What was received before is trimmed from the front, what lies beyond the window from the end.
        var known = connection.RcvNxt - sequence;
        if (known > 0)
        {
            known = Math.Min(known, text.Length);
            connection.ReportDuplicate(sequence, sequence + known);
            text = text[known..];
            sequence = connection.RcvNxt;
        }

        // Nor is there text after the FIN.
        var edge = connection.HasFinSequence ? SequenceNumber.Min(connection.RcvEdge, connection.FinSequence) : connection.RcvEdge;
        var room = edge - sequence;
        if (text.Length > room)
        {
            text = text[..Math.Max(0, room)];
            connection.AckNow = true;
        }

        if (text.IsEmpty)
        {
            connection.AckNow = true;
        }
        else if (IsShortOfBuffers && (sequence != connection.RcvNxt || connection.ReceiveBuffer.Length + text.Length > connection.ReceiveLimit))
        {
            _counters = _counters with { BuffersExhausted = _counters.BuffersExhausted + 1 };
            connection.AckNow = true;
        }
        else if (sequence == connection.RcvNxt)
        {
            if (TakesJoined && IsJoined(text))
            {
                connection.OnJoinedData();
            }

            TakeInOrder(connection, text);
        }
        else
        {
            TakeOutOfOrder(connection, sequence, text);
        }
    }

    private static void TakeInOrder(TcpConnection<TCongestion> connection, ReadOnlySpan<byte> text)
    {
        var filledHole = connection.ReceiveBuffer.Runs.Count > 0;
        if (filledHole && !connection.HasDuplicate)
        {
            connection.ReportOverlap(connection.RcvNxt, connection.RcvNxt + text.Length);
        }

        var next = connection.ReceiveBuffer.Append(connection.Engine.Buffers, connection.RcvNxt, text);
        connection.Statistics.BytesReceived += next - connection.RcvNxt;
        connection.RcvNxt = next;
        connection.OnDataAccepted();

        // RFC 5681 §4.2: what fills a hole is acknowledged at once.
        connection.AckNow |= filledHole;
        if (connection.ReadShut)
        {
            connection.ReceiveBuffer.Skip(connection.Engine.Buffers, connection.ReceiveBuffer.Length);
        }

        connection.OnReadable();
    }

    private void TakeOutOfOrder(TcpConnection<TCongestion> connection, SequenceNumber sequence, ReadOnlySpan<byte> text)
    {
        connection.ReportOverlap(sequence, sequence + text.Length);
        if (connection.ReceiveBuffer.Runs.Contains(sequence, sequence + text.Length))
        {
            connection.LastOutOfOrder = sequence;
        }
        else if (connection.ReceiveBuffer.Insert(Buffers, connection.RcvNxt, sequence, text, Limits.MaxOutOfOrderRuns))
        {
            _counters = _counters with { OutOfOrder = _counters.OutOfOrder + 1 };
            connection.LastOutOfOrder = sequence;
        }
        else
        {
            _counters = _counters with { OutOfOrderDropped = _counters.OutOfOrderDropped + 1 };
        }

        // RFC 5681 §4.2: a duplicate acknowledgement for each, at once, for peers that count them.
        if (TakesJoined && !connection.HasSack)
        {
            AcknowledgeJoined(connection, text);
        }

        Acknowledge(connection);
    }

    private void TakeFin(TcpConnection<TCongestion> connection)
    {
        connection.RcvNxt += 1;
        connection.FinReceived = true;
        connection.AckNow = true;
        switch (connection.State)
        {
            case TcpState.Established:
                connection.State = TcpState.CloseWait;
                break;
            case TcpState.FinWait1:
                // An acknowledgement of our FIN in the same segment has made it FIN-WAIT-2 before.
                connection.State = TcpState.Closing;
                break;
            case TcpState.FinWait2:
                StartTimeWait(connection);
                break;
        }

        connection.OnReadable();
    }
}
