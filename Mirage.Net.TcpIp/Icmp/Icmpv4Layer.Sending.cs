using System.Buffers.Binary;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>The errors that this host tells of.</summary>
internal sealed partial class Icmpv4Layer<TIp, TPlatform>
{
    /// <summary>RFC 1812 §4.3.2.3: an error has at most 576 bytes.</summary>
    private const int MaxErrorLength = 576;

    private TokenBucket _errorLimit = new(limits.IcmpErrorsPerSecond, limits.IcmpErrorBurst);

    public void SendUnreachable(in IpPacketInfo info, ReadOnlySpan<byte> packet, UnreachableReason reason)
        => Send(info, packet, Icmpv4Type.DestinationUnreachable, (byte)reason, 0);

    public void SendProblem(in IpPacketInfo info, ReadOnlySpan<byte> packet, in IpProblem problem)
    {
        switch (problem.Kind)
        {
            case IpErrorKind.TimeExceeded:
                Send(info, packet, Icmpv4Type.TimeExceeded, 0, 0);
                break;
            case IpErrorKind.ReassemblyTimeExceeded:
                Send(info, packet, Icmpv4Type.TimeExceeded, 1, 0);
                break;
            case IpErrorKind.ParameterProblem:
                // RFC 792: the pointer is the first of bytes 4 to 7.
                Send(info, packet, Icmpv4Type.ParameterProblem, problem.Code, problem.Position << 24);
                break;
            case IpErrorKind.Prohibited:
                Send(info, packet, Icmpv4Type.DestinationUnreachable, 13, 0);
                break;
            default:
                SendUnreachable(info, packet, problem.UnreachableReason);
                break;
        }
    }

    private void Send(in IpPacketInfo info, ReadOnlySpan<byte> packet, Icmpv4Type type, byte code, uint rest)
    {
        if (!MayTell(info, packet))
        {
            return;
        }

        if (!_errorLimit.TryTakeAtRandom(_platform))
        {
            _counters = _counters with { ErrorsLimited = _counters.ErrorsLimited + 1 };
            return;
        }

        // RFC 1812 §4.3.2.3: as much of the packet as fits.
        var quoted = packet[..Math.Min(packet.Length, MaxErrorLength - Ipv4Packet.HeaderSize - Icmpv4Message.HeaderSize)];
        var reply = new IpPacketInfo { Source = info.Destination, Destination = info.Source, Protocol = IpProtocol.Icmp };
        if (_ip.Rent(reply, Icmpv4Message.HeaderSize + quoted.Length, out var message) != LendStatus.Lent)
        {
            return;
        }

        quoted.CopyTo(message[Icmpv4Message.HeaderSize..]);
        Icmpv4Message.Write(message, type, code, rest);
        if (_ip.Send(default) == SendStatus.Sent)
        {
            _counters = _counters with { ErrorsSent = _counters.ErrorsSent + 1 };
        }
    }

    /// <summary>RFC 1122 §3.2.2: never about what went to everyone or to a group, came from nobody in particular, is a later fragment, or is an ICMP error itself.</summary>
    private static bool MayTell(in IpPacketInfo info, ReadOnlySpan<byte> packet)
    {
        var isLaterFragment = (BinaryPrimitives.ReadUInt16BigEndian(packet[6..]) & 0x1fff) != 0;
        return !info.IsBroadcast && !info.Destination.IsMulticast && !info.Source.IsAny && !isLaterFragment && !IsIcmpError(info, packet);
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
