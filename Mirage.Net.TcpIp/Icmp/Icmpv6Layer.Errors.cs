using System.Buffers.Binary;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>Errors made and received (RFC 4443 §2.4, §3).</summary>
internal sealed partial class Icmpv6Layer<TIp, TPlatform>
{
    private const byte UnrecognizedNextHeader = 1;

    // As much of a transport's header as names who sent the packet.
    private const int LeastQuote = 8;

    private TokenBucket _errorLimit = new(limits.IcmpErrorsPerSecond, limits.IcmpErrorBurst);

    public void SendUnreachable(in IpPacketInfo info, ReadOnlySpan<byte> packet, UnreachableReason reason)
    {
        switch (reason)
        {
            case UnreachableReason.Protocol:
                // §3.4: IPv6 says so by a parameter problem that points at the header's number.
                SendError(
                    info, packet, Icmpv6Type.ParameterProblem, UnrecognizedNextHeader,
                    Ipv6HeaderChain.TryFindEnd(packet, out var end) ? (uint)end.Position : Ipv6Packet.NextHeaderPosition);
                break;
            case UnreachableReason.Port:
                SendError(info, packet, Icmpv6Type.DestinationUnreachable, 4, 0);
                break;
            default:
                SendError(info, packet, Icmpv6Type.DestinationUnreachable, (byte)(reason == UnreachableReason.Host ? 3 : 0), 0);
                break;
        }
    }

    public void SendProblem(in IpPacketInfo info, ReadOnlySpan<byte> packet, in IpProblem problem)
    {
        switch (problem.Kind)
        {
            case IpErrorKind.ParameterProblem:
                SendError(info, packet, Icmpv6Type.ParameterProblem, problem.Code, problem.Position);
                break;
            case IpErrorKind.ReassemblyTimeExceeded:
                SendError(info, packet, Icmpv6Type.TimeExceeded, 1, 0);
                break;
            default:
                SendUnreachable(info, packet, problem.UnreachableReason);
                break;
        }
    }

    private void SendError(in IpPacketInfo info, ReadOnlySpan<byte> packet, Icmpv6Type type, byte code, uint rest)
    {
        // §2.4 (e): never for an error, nor to who has no address; of what went to a group only that an option is not known.
        var isUnknownOption = type == Icmpv6Type.ParameterProblem && code == 2;
        if (info.Source.IsAny || info.Source.IsMulticast || (info.Destination.IsMulticast && !isUnknownOption) || IsError(packet))
        {
            return;
        }

        // §2.4 (f).
        if (!_errorLimit.TryTakeAtRandom(_platform))
        {
            _counters = _counters with { ErrorsLimited = _counters.ErrorsLimited + 1 };
            return;
        }

        // §2.2: from the address that the packet went to, if it is this host's.
        var source = info.Destination;
        if (source.IsMulticast && !_ip.SelectSource(info.Source).TryGet(out source))
        {
            return;
        }

        // §2.4 (c): as much of the packet as fits into the least MTU.
        var quoted = packet[..Math.Min(packet.Length, Ipv6Packet.MinimumMtu - Ipv6Packet.HeaderSize - Icmpv6Message.HeaderSize)];
        var reply = new IpPacketInfo { Source = source, Destination = info.Source, Protocol = IpProtocol.Icmpv6 };
        if (_ip.Rent(reply, Icmpv6Message.HeaderSize + quoted.Length, out var message) != LendStatus.Lent)
        {
            return;
        }

        quoted.CopyTo(message[Icmpv6Message.HeaderSize..]);
        Icmpv6Message.Write(source, info.Source, message, type, code, rest);
        if (_ip.Send(default) == SendStatus.Sent)
        {
            _counters = _counters with { ErrorsSent = _counters.ErrorsSent + 1 };
        }
    }

    private static bool IsError(ReadOnlySpan<byte> packet)
        => Ipv6HeaderChain.TryFindEnd(packet, out var end) && end.Protocol == IpProtocol.Icmpv6 && !end.IsLaterFragment
            && (packet.Length <= end.Offset || (Icmpv6Type)packet[end.Offset] is < Icmpv6Type.EchoRequest or Icmpv6Type.Redirect);

    private void InputError<THandler>(in IpPacketInfo info, in Icmpv6Message message, THandler handler)
        where THandler : struct, IIcmpHandler
    {
        // What is quoted must be a packet that this host may have sent.
        var quoted = message.Payload;
        if (KindOf(message) is not { } kind || IsBelowLeast(message) || quoted.Length < Ipv6Packet.HeaderSize || quoted[0] >> 4 != (int)IpFamily.V6
            || !(_ip.IsLocal(new Ipv6Address(quoted[8..])) || _ip.AcceptsAnyAddress) || !Ipv6HeaderChain.TryFindEnd(quoted, out var end) || end.IsLaterFragment
            || quoted.Length < end.Offset + LeastQuote)
        {
            _counters = _counters with { ErrorsRefused = _counters.ErrorsRefused + 1 };
            return;
        }

        var error = new IpError
        {
            Kind = kind,
            Reporter = info.Source,
            Local = new Ipv6Address(quoted[8..]),
            Remote = new Ipv6Address(quoted[24..]),
            Protocol = end.Protocol,
            Mtu = kind == IpErrorKind.PacketTooBig ? (int)Math.Min(message.Rest, int.MaxValue) : 0,
            QuotedLength = Ipv6Packet.HeaderSize + BinaryPrimitives.ReadUInt16BigEndian(quoted[4..]),
        };
        var payload = quoted[end.Offset..];
        if (error.Protocol == IpProtocol.Icmpv6)
        {
            InputEchoError(error, payload);
            return;
        }

        _counters = _counters with { ErrorsReceived = _counters.ErrorsReceived + 1 };
        handler.OnError(error, payload);
    }

    /// <summary>This host itself reports that the destination, or the router to it, does not answer on the link.</summary>
    public void InputUndelivered<THandler>(ReadOnlySpan<byte> packet, THandler handler)
        where THandler : struct, IIpErrorHandler
    {
        if (!Ipv6HeaderChain.TryFindEnd(packet, out var end) || end.IsLaterFragment || packet.Length < end.Offset + LeastQuote)
        {
            return;
        }

        var error = new IpError
        {
            Kind = IpErrorKind.HostUnreachable,
            Reporter = new Ipv6Address(packet[8..]),
            Local = new Ipv6Address(packet[8..]),
            Remote = new Ipv6Address(packet[24..]),
            Protocol = end.Protocol,
            QuotedLength = packet.Length,
        };
        var payload = packet[end.Offset..];
        if (error.Protocol != IpProtocol.Icmpv6)
        {
            handler.OnError(error, payload);
        }
        else
        {
            _ = _pings.TryFail(error, payload);
        }
    }

    /// <summary>An error about an echo request of ours: it quotes identifier and sequence number, which a stranger has to guess.</summary>
    private void InputEchoError(in IpError error, ReadOnlySpan<byte> quoted)
    {
        if (!_pings.TryFail(error, quoted))
        {
            _counters = _counters with { ErrorsRefused = _counters.ErrorsRefused + 1 };
            return;
        }

        _counters = _counters with { ErrorsReceived = _counters.ErrorsReceived + 1 };
        if (error.Kind == IpErrorKind.PacketTooBig)
        {
            _ip.ReportPathMtu(error.Remote, error.Mtu);
        }
    }

    /// <summary>RFC 8201 §4: no link carries less than 1280 bytes, and who says so is not believed.</summary>
    private static bool IsBelowLeast(in Icmpv6Message message) => message.Type == Icmpv6Type.PacketTooBig && message.Rest < Ipv6Packet.MinimumMtu;

    private static IpErrorKind? KindOf(in Icmpv6Message message) => (message.Type, message.Code) switch
    {
        (Icmpv6Type.DestinationUnreachable, 0 or 6) => IpErrorKind.NetworkUnreachable,
        (Icmpv6Type.DestinationUnreachable, 1 or 5) => IpErrorKind.Prohibited,
        (Icmpv6Type.DestinationUnreachable, 4) => IpErrorKind.PortUnreachable,
        (Icmpv6Type.DestinationUnreachable, _) => IpErrorKind.HostUnreachable,
        (Icmpv6Type.PacketTooBig, _) => IpErrorKind.PacketTooBig,
        (Icmpv6Type.TimeExceeded, 1) => IpErrorKind.ReassemblyTimeExceeded,
        (Icmpv6Type.TimeExceeded, _) => IpErrorKind.TimeExceeded,
        (Icmpv6Type.ParameterProblem, UnrecognizedNextHeader) => IpErrorKind.ProtocolUnreachable,
        (Icmpv6Type.ParameterProblem, _) => IpErrorKind.ParameterProblem,
        _ => null,
    };
}
