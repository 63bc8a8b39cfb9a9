using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>The errors that this host tells of.</summary>
internal sealed partial class Icmpv4Layer<TIp, TPlatform>
{
    private const int MaxErrorLength = 576;

    private TokenBucket _errorLimit = new(perSecond: 1000, burst: 50);

    public void SendUnreachable(in IpPacketInfo info, ReadOnlySpan<byte> packet, UnreachableReason reason)
        => SendError(info, packet, Icmpv4Type.DestinationUnreachable, (byte)reason, 0);

    public void SendProblem(in IpPacketInfo info, ReadOnlySpan<byte> packet, in IpProblem problem)
    {
        switch (problem.Kind)
        {
            case IpErrorKind.ReassemblyTimeExceeded:
                SendError(info, packet, Icmpv4Type.TimeExceeded, 1, 0);
                break;
            case IpErrorKind.ParameterProblem:
                SendError(info, packet, Icmpv4Type.ParameterProblem, problem.Code, problem.Position << 24);
                break;
            default:
                SendUnreachable(info, packet, problem.UnreachableReason);
                break;
        }
    }

    private void SendError(in IpPacketInfo info, ReadOnlySpan<byte> packet, Icmpv4Type type, byte code, uint rest)
    {
        // RFC 1122 §3.2.2: never for what went to everyone or came from nobody in particular, never for an ICMP error.
        if (info.IsBroadcast || info.Destination.IsMulticast || info.Source.IsAny || IsIcmpError(info, packet))
        {
            return;
        }

        if (!_errorLimit.TryTake(_platform.Now))
        {
            _counters = _counters with { ErrorsLimited = _counters.ErrorsLimited + 1 };
            return;
        }

        // RFC 1812 §4.3.2.3: as much of the packet as fits in 576 bytes.
        var quoted = packet[..Math.Min(packet.Length, MaxErrorLength - Ipv4Packet.HeaderSize - Icmpv4Message.HeaderSize)];
        var reply = new IpPacketInfo { Source = info.Destination, Destination = info.Source, Protocol = IpProtocol.Icmp };
        if (_ip.Rent(reply, Icmpv4Message.HeaderSize + quoted.Length, out var message) == LendStatus.Lent)
        {
            quoted.CopyTo(message[Icmpv4Message.HeaderSize..]);
            Icmpv4Message.Write(message, type, code, rest);
            if (_ip.Send(default) == SendStatus.Sent)
            {
                _counters = _counters with { ErrorsSent = _counters.ErrorsSent + 1 };
            }
        }
    }

    private static bool IsIcmpError(in IpPacketInfo info, ReadOnlySpan<byte> packet)
    {
        if (info.Protocol != IpProtocol.Icmp)
        {
            return false;
        }

        var headerLength = (packet[0] & 0xf) * 4;
        return packet.Length <= headerLength || (Icmpv4Type)packet[headerLength] is not (Icmpv4Type.EchoRequest or Icmpv4Type.EchoReply);
    }
}
