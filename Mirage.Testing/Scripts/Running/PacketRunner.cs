namespace Mirage.Testing.Scripts;

/// <summary>Injects packets, and waits for those that are expected.</summary>
internal sealed class PacketRunner(ScriptSettings settings, ScriptClock clock, RemoteEnd end, ScriptConnections connections)
{
    // How much later than expected a packet is waited for, so that the message can say when it came.
    private const long Lateness = 2_000_000;
    private const long AnyTime = 3_600_000_000;

    public void Inject(SourcePosition position, PacketAction action)
    {
        var connection = connections.ForInbound(position, action);
        var packet = action switch
        {
            TcpAction tcp => Tcp(position, tcp, connection),
            UdpAction udp => Udp(udp, connection),
            IcmpAction icmp => Icmp(icmp, connection),
            _ => throw new InvalidOperationException($"no such packet: {action}"),
        };
        if (!end.Inject(packet))
        {
            throw new ScriptException(position, $"a packet of {packet.Length} bytes does not fit the link");
        }
    }

    public async Task ExpectAsync(ScriptEvent line, PacketAction action, ScriptTime time)
    {
        var connection = connections.ForOutbound(line.Position, action);
        var seen = new List<LivePacket>();
        var length = 0;
        var expectedLength = action is TcpAction { Length: var bytes } ? bytes : 0;

        // A longer packet than the stack's is one that the kernel cuts: it stands for several.
        do
        {
            var packet = await NextAsync(line, action, connection, time, seen).ConfigureAwait(true);
            if (seen.Count > 0 && Continues(seen[^1], packet) is { } difference)
            {
                throw Failed(line, action, packet, difference);
            }

            seen.Add(packet);
            length += packet.Data.Length;
        }
        while (length < expectedLength && !settings.IsStrict);
        Check(line, action, connection, seen, time);
    }

    private async Task<LivePacket> NextAsync(ScriptEvent line, PacketAction action, ScriptConnection connection, ScriptTime time, List<LivePacket> before)
    {
        LivePacket? found = null;
        var limit = time.End == long.MaxValue ? clock.Now + AnyTime : Math.Max(time.End, clock.Now) + Lateness;
        if (await clock.UntilAsync(() => (found = Take(action, connection)) is not null, limit).ConfigureAwait(true))
        {
            return Learn(action, connection, found!);
        }

        var already = before.Count == 0 ? "the stack sent nothing" : $"the stack sent only {before.Sum(packet => packet.Data.Length)} of the bytes";
        throw new ScriptException(line.Position, $"expected {PacketText.Format(action)}; until {PacketText.Time(clock.Now)} {already}");
    }

    private LivePacket? Take(PacketAction action, ScriptConnection connection)
    {
        while (end.Packets.TryDequeue(out var packet))
        {
            var isOf = action switch
            {
                TcpAction => packet.Protocol == LivePacket.Tcp && connections.IsOf(connection, packet),
                UdpAction => packet.Protocol == LivePacket.Udp && connections.IsOf(connection, packet),
                _ => packet.Protocol is LivePacket.Icmp or LivePacket.Icmpv6,
            };
            if (isOf)
            {
                return packet;
            }
        }

        return null;
    }

    /// <summary>Learns the stack's first sequence number, and gives the packet in the script's numbers.</summary>
    private static LivePacket Learn(PacketAction action, ScriptConnection connection, LivePacket packet)
    {
        if (action is not TcpAction expected)
        {
            return packet;
        }

        if (connection.Phase >= ConnectionPhase.Received && connection.SynSequence is { } syn
            && expected.Has(TcpBits.Syn) && expected.Has(TcpBits.Ack) && packet.Has(TcpBits.Syn))
        {
            connection.Phase = ConnectionPhase.Answered;
            connection.RemoteIsn = syn;
            connection.LocalIsn = packet.Sequence;
            connection.ScriptLocalIsn = expected.Sequence;
        }

        var isSyn = packet.Has(TcpBits.Syn);
        var back = unchecked(connection.RemoteToScript(0, isSyn));
        return packet with
        {
            Sequence = connection.LocalToScript(packet.Sequence, isSyn),
            Acknowledgement = connection.RemoteToScript(packet.Acknowledgement, isSyn),
            Options = [.. packet.Options.Select(option => option.Kind == TcpOption.Sack ? option.MoveSack(back) : option)],
        };
    }

    private void Check(ScriptEvent line, PacketAction action, ScriptConnection connection, List<LivePacket> seen, ScriptTime time)
    {
        // Headers count as they are in the last of several.
        var packet = seen[^1] with { Sequence = seen[0].Sequence, Data = [.. seen.SelectMany(part => part.Data)] };
        if (action is TcpAction { Options: { } options }
            && options.FirstOrDefault(option => option.Kind == TcpOption.Timestamps) is { } script
            && packet.Options.FirstOrDefault(option => option is { Kind: TcpOption.Timestamps, Data.Length: 8 }) is { } live)
        {
            var value = connection.LearnTimestamp(script.TimestampValue, live.TimestampValue);
            packet = packet with
            {
                Options = [.. packet.Options.Select(option => option == live ? TcpOption.Of(TcpOption.Timestamps, value, live.TimestampEcho) : option)],
            };
        }

        if (PacketComparison.Compare(action, packet, settings, clock.Now) is { } difference)
        {
            throw Failed(line, action, packet, difference);
        }

        if (WrongByte(action, packet) is { } wrong)
        {
            throw Failed(line, action, packet, wrong);
        }

        time.Check(line.Position, clock.At(seen[^1].At), $"the packet {PacketText.Format(packet)}");
    }

    private static string? WrongByte(PacketAction action, LivePacket packet)
    {
        if (action is IcmpAction)
        {
            return null;
        }

        var offset = action is TcpAction ? StreamOffset(packet.Sequence, packet.Has(TcpBits.Syn)) : 0;
        var wrong = Payload.FirstWrong(packet.Data, offset);
        return wrong < 0 ? null : $"byte {wrong} of the data is not what the program wrote there";
    }

    private ScriptException Failed(ScriptEvent line, PacketAction action, LivePacket packet, string difference)
        => new(line.Position, $"{difference}; expected {PacketText.Format(action)}, seen {PacketText.Format(packet)} at {PacketText.Time(clock.At(packet.At))}");

    private static string? Continues(LivePacket before, LivePacket packet)
    {
        var next = unchecked(before.Sequence + (uint)before.Data.Length);
        return packet.Sequence == next && packet.Acknowledgement == before.Acknowledgement && !packet.Has(TcpBits.Syn | TcpBits.Rst)
            ? null
            : "the packets of the stack do not follow each other";
    }

    private static long StreamOffset(uint sequence, bool isSyn) => isSyn ? 0 : unchecked((int)(sequence - 1));

    private byte[] Tcp(SourcePosition position, TcpAction action, ScriptConnection connection)
    {
        var isSyn = action.Has(TcpBits.Syn);
        if (isSyn && !action.Has(TcpBits.Ack))
        {
            connection.SynSequence = action.Sequence;
        }

        if (connection.Phase == ConnectionPhase.Answered && action.Has(TcpBits.Ack))
        {
            connection.Phase = ConnectionPhase.Open;
        }
        else if (connection.Phase == ConnectionPhase.SynSent && isSyn)
        {
            connection.RemoteIsn = action.Sequence;
            connection.Phase = action.Has(TcpBits.Ack) ? ConnectionPhase.Open : connection.Phase;
        }

        var options = new List<TcpOption>();
        foreach (var option in action.Options ?? [])
        {
            options.Add(option.Kind switch
            {
                TcpOption.Sack => option.MoveSack(connection.LocalToLive(0, isSyn)),
                TcpOption.Timestamps when action.Has(TcpBits.Ack) => Echo(position, option, connection),
                _ => option,
            });
        }

        var data = new byte[action.Length];
        Payload.Fill(data, isSyn ? 0 : StreamOffset(action.Sequence, isSyn: false));
        return PacketWriter.Tcp(
            Inbound(connection, action.Ports),
            action.Ip,
            action.Flags,
            connection.RemoteToLive(action.Sequence, isSyn),
            action.Has(TcpBits.Ack) ? connection.LocalToLive(action.Acknowledgement, isSyn) : action.Acknowledgement,
            action.Window ?? 0,
            action.Urgent,
            options,
            data);
    }

    private TcpOption Echo(SourcePosition position, TcpOption option, ScriptConnection connection)
        => connection.TryEcho(option.TimestampEcho, settings.ScalesEchoes, out var live)
            ? TcpOption.Of(TcpOption.Timestamps, option.TimestampValue, live)
            : throw new ScriptException(position, $"the stack has sent no timestamp that the script calls {option.TimestampEcho}: no expected packet before this one names it (TS val)");

    private byte[] Udp(UdpAction action, ScriptConnection connection)
    {
        var data = new byte[action.Length];
        Payload.Fill(data, 0);
        return PacketWriter.Udp(Inbound(connection, action.Ports), action.Ip, data);
    }

    private byte[] Icmp(IcmpAction action, ScriptConnection connection)
    {
        var path = Inbound(connection, default);
        return PacketWriter.Icmp(path, action, path.Reverse, connection.LocalToLive(action.Sequence, isSyn: false));
    }

    private PacketPath Inbound(ScriptConnection connection, PortPair ports)
    {
        var remote = ports.Source != 0 ? ports.Source : connection.RemotePort != 0 ? connection.RemotePort : settings.ConnectPort;
        var local = ports.Destination != 0 ? ports.Destination : connection.LocalPort != 0 ? connection.LocalPort : settings.BindPort;
        return new(settings.RemoteAddress, remote, settings.LocalAddress, local);
    }
}
