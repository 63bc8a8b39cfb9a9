namespace Mirage.Net.TcpIp;

internal enum NeighbourState : byte
{
    /// <summary>Asked for; packets wait.</summary>
    Incomplete,

    /// <summary>Known and believed.</summary>
    Reachable,

    /// <summary>Known, and being asked whether it is still so; still used.</summary>
    Refreshing,

    /// <summary>Did not answer.</summary>
    Unreachable,

    /// <summary>Entered by hand.</summary>
    Static,
}

/// <summary>One entry of the neighbour cache, and a link of its list from the most to the least recently used.</summary>
internal sealed class Neighbour(Ipv4Address address)
{
    public readonly Ipv4Address Address = address;
    public NeighbourState State;
    public MacAddress Mac;

    /// <summary>When the state is to be looked at: to ask again, to stop believing, to forget.</summary>
    public Instant Due;
    public int Requests;
    public readonly Queue<WaitingPacket> Waiting = new();
    public TaskCompletionSource<Result<MacAddress>>? Asked;
    public Neighbour? Previous;
    public Neighbour? Next;

    public bool IsKnown => State is NeighbourState.Reachable or NeighbourState.Refreshing or NeighbourState.Static;
}
