namespace Mirage.Testing.Scripts;

internal sealed partial class ScriptParser
{
    private PacketAction Packet()
    {
        var inbound = Next().Is('<');

        // What an ICMP message quotes comes after it, or, as scripts of old have it, before.
        if (Current.Is('[') && (Following.Kind == TokenKind.Integer || Following.Is("udp")))
        {
            var quoted = Quoted();
            Skip("icmp");
            return Icmp(inbound, default, quoted);
        }

        var ip = IpInfo(inbound);
        if (Current.Kind == TokenKind.Word && Current.Text is "ipv4" or "ipv6" or "gre" or "GREv0" or "mpls" or "encap" or "sctp" or "udplite")
        {
            throw new ScriptException(Current.Position, $"'{Current.Text}' is not understood: packets are TCP, UDP or ICMP, without tunnels");
        }

        if (TrySkip("udp"))
        {
            return Udp(inbound, ip);
        }

        return TrySkip("icmp") ? Icmp(inbound, ip) : Tcp(inbound, ip);
    }

    private IpSpec IpInfo(bool inbound)
    {
        if (!Current.Is('(') && !Current.Is('['))
        {
            return default;
        }

        var close = Next().Is('(') ? ')' : ']';
        var ip = default(IpSpec);
        do
        {
            var token = Next();
            ip = token switch
            {
                { Kind: TokenKind.Word, Text: "noecn" } => ip with { Check = TrafficCheck.Ecn, TrafficClass = 0 },
                { Kind: TokenKind.Word, Text: "ect1" } => ip with { Check = TrafficCheck.Ecn, TrafficClass = 1 },
                { Kind: TokenKind.Word, Text: "ect0" } => ip with { Check = TrafficCheck.Ecn, TrafficClass = 2 },
                { Kind: TokenKind.Word, Text: "ce" } => ip with { Check = TrafficCheck.Ecn, TrafficClass = 3 },
                { Kind: TokenKind.Word, Text: "ect01" } when !inbound => ip with { Check = TrafficCheck.AnyEct },
                { Kind: TokenKind.Word, Text: "tos" or "class" } => ip with { Check = TrafficCheck.All, TrafficClass = (byte)Integer(0, 255, "a traffic class") },
                { Kind: TokenKind.Word, Text: "ttl" or "hlim" } => ip with { TimeToLive = (byte)Integer(0, 255, "a time to live") },
                { Kind: TokenKind.Word, Text: "flowlabel" } => ip with { FlowLabel = (uint)Integer(0, 0xf_ffff, "a flow label") },
                _ => throw Unexpected(token, "noecn, ect0, ect1, ce, ect01 (expected packets only), tos or class, ttl or hlim, or flowlabel"),
            };
        }
        while (TrySkip(','));
        Skip(close);
        return ip;
    }

    private PortPair Ports()
    {
        if (Current.Kind != TokenKind.Integer || !Following.Is('>'))
        {
            return default;
        }

        var source = (ushort)Integer(0, ushort.MaxValue, "a port");
        Skip('>');
        return new(source, (ushort)Integer(0, ushort.MaxValue, "a port"));
    }

    private UdpAction Udp(bool inbound, IpSpec ip)
    {
        var ports = Ports();
        Skip('(');
        var length = (int)Integer(0, 65_507, "a length of UDP payload");
        Skip(')');
        return new(inbound, ip, ports, length);
    }

    private TcpAction Tcp(bool inbound, IpSpec ip)
    {
        var ports = Ports();
        var start = Current;
        var (flags, hasAce) = Flags();
        var (sequence, length) = Sequence();
        var acknowledgement = TrySkip("ack") ? (uint)Integer(0, uint.MaxValue, "an acknowledgement number") : 0;
        ushort? window = TrySkip("win") ? (ushort)Integer(0, ushort.MaxValue, "a window") : null;
        var urgent = TrySkip("urg") ? (ushort)Integer(0, ushort.MaxValue, "an urgent pointer") : (ushort)0;
        var options = Options(inbound);

        // A reset says nothing of windows; what is received otherwise has one, as in packetdrill.
        if (inbound && window is null && (flags & TcpBits.Rst) == 0)
        {
            throw new ScriptException(start.Position, "a packet to inject (<) needs its window: 'win' with a number");
        }

        var room = ushort.MaxValue - 60 - 60;
        return length <= room
            ? new(inbound, ip, ports, flags, hasAce, sequence, length, acknowledgement, window, urgent, options)
            : throw new ScriptException(start.Position, $"a segment carries at most {room} bytes here");
    }

    private (TcpBits Flags, bool HasAce) Flags()
    {
        var start = Current;
        if (TrySkip('-'))
        {
            return (TcpBits.None, false);
        }

        var text = Current.Kind == TokenKind.Word ? Next().Text : "";
        if (TrySkip('.'))
        {
            text += '.';
        }
        else if (Current.Kind == TokenKind.Decimal && Current.Text[0] == '.')
        {
            text += Next().Text;
        }

        if (text.Length == 0)
        {
            throw Unexpected(start, "udp, icmp, or TCP flags such as 'S.' or 'P.'");
        }

        var flags = TcpBits.None;
        var ace = -1;
        foreach (var letter in text)
        {
            if (letter is >= '0' and <= '7' && ace < 0)
            {
                ace = letter - '0';
                continue;
            }

            var flag = TcpBitsText.Parse(letter);
            if (flag == TcpBits.None)
            {
                throw new ScriptException(start.Position, $"'{letter}' is no TCP flag: S, F, R, P, U, E, W, A, '.' for ACK, or one digit for the ECN flags as a number");
            }

            flags |= flag;
        }

        if (ace >= 0 && (flags & TcpBitsText.Ecn) != 0)
        {
            throw new ScriptException(start.Position, "the ECN flags are written either as letters or as a number");
        }

        flags |= ace < 0 ? 0 : (TcpBits)(((ace & 1) << 6) | ((ace & 2) << 6) | ((ace & 4) << 6));
        return (flags, ace > 0);
    }

    private (uint Start, int Length) Sequence()
    {
        var position = Current.Position;
        var start = (uint)Integer(0, uint.MaxValue, "a sequence number");
        Skip(':');
        var end = (uint)Integer(0, uint.MaxValue, "a sequence number");
        Skip('(');
        var length = (int)Integer(0, ushort.MaxValue, "a length");
        Skip(')');
        return unchecked(start + (uint)length) == end
            ? (start, length)
            : throw new ScriptException(position, $"{start} and {length} bytes end at {unchecked(start + (uint)length)}, not at {end}");
    }

    private IcmpAction Icmp(bool inbound, IpSpec ip, (QuotedProtocol Protocol, uint Sequence, int Length)? before = null)
    {
        var token = Next();
        if (token.Kind != TokenKind.Word)
        {
            throw Unexpected(token, "an ICMP type such as 'unreachable'");
        }

        var isV6 = _settings.WireVersion == 6;
        if (!IcmpNames.TryType(token.Text, isV6, out var type))
        {
            throw new ScriptException(token.Position, $"'{token.Text}' is no ICMP type of IPv{_settings.WireVersion}: {IcmpNames.Types(isV6)}, or type_N");
        }

        byte code = 0;
        if (Current.Kind == TokenKind.Word && Current.Text is not ("mtu" or "id"))
        {
            var name = Next();
            if (!IcmpNames.TryCode(type, name.Text, isV6, out code))
            {
                throw new ScriptException(name.Position, $"'{name.Text}' is no code of '{token.Text}' in IPv{_settings.WireVersion}: {IcmpNames.Codes(type, isV6)}, or code_N");
            }
        }

        uint? mtu = null;
        var mtuPosition = Current.Position;
        if (TrySkip("mtu"))
        {
            mtu = (uint)Integer(0, isV6 ? uint.MaxValue : ushort.MaxValue, "an MTU");
            if (!IcmpNames.HasMtu(type, code, isV6))
            {
                throw new ScriptException(mtuPosition, $"only '{(isV6 ? "packet_too_big" : "unreachable frag_needed")}' tells of an MTU");
            }
        }

        var id = TrySkip("id") ? (ushort)Integer(0, ushort.MaxValue, "an identifier") : (ushort)0;
        var (quoted, sequence, length) = before ?? Quoted();
        return new(inbound, ip, type, code, mtu, id, quoted, sequence, length);
    }

    private (QuotedProtocol Protocol, uint Sequence, int Length) Quoted()
    {
        if (!TrySkip('['))
        {
            return (QuotedProtocol.None, 0, 0);
        }

        (QuotedProtocol, uint, int) quoted;
        if (Current.Is("udp") || Current.Is("raw"))
        {
            var protocol = Next().Is("udp") ? QuotedProtocol.Udp : QuotedProtocol.Raw;
            Skip('(');
            quoted = (protocol, 0, (int)Integer(0, ushort.MaxValue, "a length"));
            Skip(')');
        }
        else
        {
            var (sequence, length) = Sequence();
            quoted = (QuotedProtocol.Tcp, sequence, length);
        }

        Skip(']');
        return quoted;
    }
}
