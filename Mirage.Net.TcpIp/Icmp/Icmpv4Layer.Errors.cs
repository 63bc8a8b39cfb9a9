using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>The errors that others tell of: read, and handed to what had sent the packet (RFC 1122 §3.2.2).</summary>
internal sealed partial class Icmpv4Layer<TIp, TPlatform>
{
    private void InputError<THandler>(in IpPacketInfo info, in Icmpv4Message message, THandler errors)
        where THandler : struct, IIpErrorHandler
    {
        // What quotes another host's packet, or one that no unicast address could have sent, is forged or lost its way. Of a later fragment the transport's header is not quoted.
        if (!Ipv4Quote.TryParse(message.Payload, out var quote) || quote.IsLaterFragment || !(_ip.IsLocal(quote.Source) || _ip.AcceptsAnyAddress) || Kind(message) is not { } kind)
        {
            _counters = _counters with { ErrorsRefused = _counters.ErrorsRefused + 1 };
            return;
        }

        IpAddress destination = quote.Destination;
        var error = new IpError
        {
            Kind = kind,
            Reporter = info.Source,
            Local = quote.Source,
            Remote = destination,
            Protocol = quote.Protocol,
            Mtu = kind == IpErrorKind.PacketTooBig ? NextHopMtu(message, quote) : 0,
            QuotedLength = quote.TotalLength,
        };
        if (error.Protocol == IpProtocol.Icmp)
        {
            InputEchoError(error, quote.Payload);
            return;
        }

        _counters = _counters with { ErrorsReceived = _counters.ErrorsReceived + 1 };
        errors.OnError(error, quote.Payload);
    }

    /// <summary>This host itself reports that the destination, or the router to it, does not answer on the link.</summary>
    public void InputUndelivered<THandler>(ReadOnlySpan<byte> packet, THandler errors)
        where THandler : struct, IIpErrorHandler
    {
        if (!Ipv4Quote.TryParse(packet, out var quote) || quote.IsLaterFragment)
        {
            return;
        }

        var error = new IpError
        {
            Kind = IpErrorKind.HostUnreachable,
            Reporter = quote.Source,
            Local = quote.Source,
            Remote = quote.Destination,
            Protocol = quote.Protocol,
            QuotedLength = quote.TotalLength,
        };
        if (error.Protocol != IpProtocol.Icmp)
        {
            errors.OnError(error, quote.Payload);
        }
        else
        {
            _ = _pings.TryFail(error, quote.Payload);
        }
    }

    /// <summary>RFC 1191 §4 and, for routers before it, §5: the next smaller common size. Some of these add the header's length to the total length twice: so never above what we may
    /// have sent.</summary>
    private int NextHopMtu(in Icmpv4Message message, in Ipv4Quote quote)
    {
        var said = (int)(message.Rest & 0xffff);
        return said != 0
            ? Math.Max(said, MtuPlateaus.Least)
            : MtuPlateaus.Below(Math.Min(quote.TotalLength, _ip.MaxPayload(quote.Destination) + Ipv4Packet.HeaderSize));
    }

    // RFC 792, RFC 1122 §3.2.2.1, RFC 1812 §5.2.7.1.
    private static IpErrorKind? Kind(in Icmpv4Message message) => (message.Type, message.Code) switch
    {
        (Icmpv4Type.DestinationUnreachable, 0 or 6 or 11) => IpErrorKind.NetworkUnreachable,
        (Icmpv4Type.DestinationUnreachable, 1 or 7 or 8 or 12) => IpErrorKind.HostUnreachable,
        (Icmpv4Type.DestinationUnreachable, 2) => IpErrorKind.ProtocolUnreachable,
        (Icmpv4Type.DestinationUnreachable, 3) => IpErrorKind.PortUnreachable,
        (Icmpv4Type.DestinationUnreachable, 4) => IpErrorKind.PacketTooBig,
        (Icmpv4Type.DestinationUnreachable, 5) => IpErrorKind.ParameterProblem,
        (Icmpv4Type.DestinationUnreachable, 9 or 10 or 13 or 14 or 15) => IpErrorKind.Prohibited,
        (Icmpv4Type.TimeExceeded, 0) => IpErrorKind.TimeExceeded,
        (Icmpv4Type.TimeExceeded, 1) => IpErrorKind.ReassemblyTimeExceeded,
        (Icmpv4Type.ParameterProblem, _) => IpErrorKind.ParameterProblem,
        _ => null,
    };
}
