using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>Extension headers (RFC 8200 §4): at most <see cref="Ipv6HeaderChain.MaxHeaders"/>, each looked at once, in the order in which they come.</summary>
internal sealed partial class Ipv6Layer<TLink, TPlatform>
{
    // Codes of a parameter problem (RFC 4443 §3.4, RFC 7112 §5).
    private const byte ErroneousField = 0, UnrecognizedNextHeader = 1, UnrecognizedOption = 2, IncompleteHeaderChain = 3;

    private const byte Pad1 = 0;

    private void InputExtensions<THandler>(in Ipv6Packet parsed, in FrameInfo info, bool isReassembled, THandler handler)
        where THandler : struct, IIpHandler
    {
        var packet = parsed.Packet;
        var (next, position, offset) = (parsed.NextHeader, Ipv6Packet.NextHeaderPosition, Ipv6Packet.HeaderSize);
        for (var count = 0; Ipv6HeaderChain.IsExtension(next); count++)
        {
            if (next == IpProtocol.HopByHopOptions && count > 0)
            {
                // §4.1: it comes first or not at all.
                Refuse(parsed, UnrecognizedNextHeader, position, handler);
                return;
            }

            if (count == Ipv6HeaderChain.MaxHeaders || !Ipv6HeaderChain.TryGetLength(packet, offset, next, out var length))
            {
                CountMalformed();
                return;
            }

            if (next == IpProtocol.Ipv6Fragment)
            {
                var header = packet[offset..];
                if (Ipv6HeaderChain.FragmentOffset(header) != 0 || Ipv6HeaderChain.MoreFragments(header))
                {
                    InputFragment(parsed, offset, isReassembled, handler);
                    return;
                }

                // RFC 6946 §4: a whole in one fragment has nothing to do with others of the same identification.
                isReassembled = true;
            }
            else if (!InputHeader(parsed, next, offset, length, handler))
            {
                return;
            }

            (next, position, offset) = ((IpProtocol)packet[offset], offset, offset + length);
        }

        if (next == IpProtocol.NoNextHeader)
        {
            // §4.7.
            _counters = _counters with { NoNextHeader = _counters.NoNextHeader + 1 };
            return;
        }

        Deliver(parsed, next, offset, isReassembled, info, handler);
    }

    /// <summary>Options, or a route that is at its end.</summary>
    /// <returns>Whether the packet is to be looked at further.</returns>
    private bool InputHeader<THandler>(in Ipv6Packet parsed, IpProtocol type, int offset, int length, THandler handler)
        where THandler : struct, IIpHandler
    {
        if (type != IpProtocol.Ipv6Routing)
        {
            return InputOptions(parsed, offset + 2, offset + length, handler);
        }

        // §4.4: no kind of route is known here, least of all the one of type 0 (RFC 5095); with no segments left none has to be.
        if (parsed.Packet[offset + 3] == 0)
        {
            return true;
        }

        Refuse(parsed, ErroneousField, offset + 2, handler);
        return false;
    }

    private bool InputOptions<THandler>(in Ipv6Packet parsed, int offset, int end, THandler handler)
        where THandler : struct, IIpHandler
    {
        var packet = parsed.Packet;
        while (offset < end)
        {
            var type = packet[offset];
            if (type == Pad1)
            {
                offset++;
                continue;
            }

            if (offset + 2 > end || offset + 2 + packet[offset + 1] > end)
            {
                CountMalformed();
                return false;
            }

            // §4.2: the two highest bits say what who does not know an option does with the packet. PadN and what routers read, Router Alert among it (RFC 2711), begin with 00.
            if (type >> 6 != 0)
            {
                RefuseOption(parsed, type >> 6, offset, handler);
                return false;
            }

            offset += 2 + packet[offset + 1];
        }

        return true;
    }

    private void RefuseOption<THandler>(in Ipv6Packet parsed, int action, int offset, THandler handler)
        where THandler : struct, IIpHandler
    {
        // 01: in silence. 10: the sender is told. 11: unless it went to a group.
        if (action == 2 || (action == 3 && !parsed.Destination.IsMulticast))
        {
            Refuse(parsed, UnrecognizedOption, offset, handler);
        }
        else
        {
            CountRefused();
        }
    }

    /// <summary>Drops a packet whose sender is told why.</summary>
    private void Refuse<THandler>(in Ipv6Packet parsed, byte code, int position, THandler handler)
        where THandler : struct, IIpHandler
    {
        CountRefused();
        handler.OnProblem(InfoOf(parsed, parsed.NextHeader, isReassembled: false), parsed.Packet, new IpProblem(IpErrorKind.ParameterProblem, code, (uint)position));
    }

    private void CountRefused() => _counters = _counters with { Refused = _counters.Refused + 1 };
}
