namespace Mirage.Testing.Scripts;

/// <summary>
/// The connections of a script. Packets without ports are of the one under test: the last socket made, the last connection begun. Packets with ports are of
/// the connection with these ports.
/// </summary>
internal sealed class ScriptConnections(ScriptSettings settings)
{
    private readonly List<ScriptConnection> _all = [];
    private ushort _nextRemotePort = 40_000;

    /// <summary>The connection under test.</summary>
    public ScriptConnection? Current { get; private set; }

    public ScriptConnection Add(ScriptConnection connection)
    {
        _all.Add(connection);
        return Current = connection;
    }

    /// <summary>Makes a socket's connection the one under test: the program uses the socket.</summary>
    public void Focus(ScriptConnection connection) => Current = connection;

    public ScriptConnection? OfPeer(ushort remotePort) => _all.FindLast(connection => connection.RemotePort == remotePort && connection.Phase >= ConnectionPhase.Received);

    /// <summary>The connection that a packet to be injected belongs to.</summary>
    public ScriptConnection ForInbound(SourcePosition position, PacketAction action)
    {
        var ports = PortsOf(action);
        if (ports.IsGiven && Find(ports.Destination, ports.Source) is { } known)
        {
            return known;
        }

        if (action is TcpAction tcp && (ports.IsGiven || Current is null or { IsDatagram: false, Phase: ConnectionPhase.Listening or ConnectionPhase.New }))
        {
            var connection = new ScriptConnection
            {
                Phase = ConnectionPhase.Received,
                LocalPort = ports.Destination != 0 ? ports.Destination : settings.BindPort,
                RemotePort = ports.Source != 0 ? ports.Source : _nextRemotePort++,
                RemoteIsn = tcp.Sequence,
            };
            var current = Current;
            _ = Add(connection);
            if (current is not (null or { Phase: ConnectionPhase.Listening or ConnectionPhase.New }))
            {
                Current = current;
            }

            return connection;
        }

        return Current ?? throw new ScriptException(position, "this packet belongs to no socket: none was made before it");
    }

    /// <summary>The connection that an expected packet belongs to.</summary>
    public ScriptConnection ForOutbound(SourcePosition position, PacketAction action)
    {
        var ports = PortsOf(action);
        if (ports.IsGiven && Find(ports.Source, ports.Destination) is { } known)
        {
            return known;
        }

        if (Current is not { } current)
        {
            throw new ScriptException(position, "this packet belongs to no socket: none was made before it");
        }

        if (action is TcpAction tcp && tcp.Has(TcpBits.Syn) && !tcp.Has(TcpBits.Ack) && current.Phase == ConnectionPhase.Connecting)
        {
            current.Phase = ConnectionPhase.SynSent;
            current.ScriptLocalIsn = tcp.Sequence;
        }

        return current;
    }

    /// <summary>Whether the stack sent a packet on a connection. A connection's own port is learnt from the first.</summary>
    public bool IsOf(ScriptConnection connection, LivePacket packet)
    {
        if (packet.Destination != settings.RemoteAddress || packet.Source != settings.LocalAddress)
        {
            return false;
        }

        if (packet.DestinationPort != connection.RemotePort)
        {
            return false;
        }

        if (connection.LocalPort == 0)
        {
            var isFirst = packet.Protocol == LivePacket.Udp
                ? connection.IsDatagram
                : connection.Phase == ConnectionPhase.SynSent && packet.Has(TcpBits.Syn) && !packet.Has(TcpBits.Ack);
            if (!isFirst)
            {
                return false;
            }

            connection.LocalPort = packet.SourcePort;
            connection.LocalIsn = packet.Sequence;
        }

        return packet.SourcePort == connection.LocalPort;
    }

    private static PortPair PortsOf(PacketAction action) => action switch
    {
        TcpAction tcp => tcp.Ports,
        UdpAction udp => udp.Ports,
        _ => default,
    };

    private ScriptConnection? Find(ushort local, ushort remote)
        => _all.FindLast(connection => connection.LocalPort == local && connection.RemotePort == remote && connection.Phase != ConnectionPhase.Listening);
}
