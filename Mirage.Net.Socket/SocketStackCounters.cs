namespace Mirage.Net.Socket;

/// <summary>What a socket stack has done so far.</summary>
public readonly record struct SocketStackCounters
{
    /// <summary>Connections that exist now, with those that linger after a close.</summary>
    public int Connections { get; init; }

    /// <summary>Connections accepted.</summary>
    public long Accepted { get; init; }

    /// <summary>Connections made to others.</summary>
    public long Connected { get; init; }

    /// <summary>Connections reset as soon as they were accepted, because there were <see cref="SocketStackOptions.MaxConnections"/>, or the host's
    /// descriptors were nearly used up.</summary>
    public long Rejected { get; init; }

    /// <summary>Failures to accept: the host had no descriptor or memory left, or the peer was gone before.</summary>
    public long AcceptFailures { get; init; }

    /// <summary>Handlers that threw.</summary>
    public long HandlerFailures { get; init; }

    /// <summary>Datagrams received and given to a handler.</summary>
    public long DatagramsReceived { get; init; }

    /// <summary>Datagrams sent.</summary>
    public long DatagramsSent { get; init; }

    /// <summary>Datagrams that could not be sent, for whatever reason.</summary>
    public long DatagramsDropped { get; init; }

    /// <summary>Failures to receive a datagram.</summary>
    public long ReceiveFailures { get; init; }
}
