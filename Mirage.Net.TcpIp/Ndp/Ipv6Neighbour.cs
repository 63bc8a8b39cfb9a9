namespace Mirage.Net.TcpIp;

/// <summary>The states of neighbour unreachability detection (RFC 4861 §7.3.2).</summary>
internal enum NudState : byte
{
    /// <summary>Asked for by its group; packets wait.</summary>
    Incomplete,

    /// <summary>Known to answer.</summary>
    Reachable,

    /// <summary>Known, but not heard of for long.</summary>
    Stale,

    /// <summary>Used while stale: given time to show that it is there.</summary>
    Delay,

    /// <summary>Asked directly whether it is still there.</summary>
    Probe,

    /// <summary>Did not answer.</summary>
    Unreachable,

    /// <summary>Entered by hand.</summary>
    Static,
}

/// <summary>One entry of the neighbour cache, and a link of one of its lists.</summary>
internal sealed class Ipv6Neighbour(Ipv6Address address)
{
    public readonly Ipv6Address Address = address;
    public NudState State;
    public MacAddress Mac;
    public bool IsRouter;

    /// <summary>Whether it has ever answered: what has not makes room first.</summary>
    public bool IsProven;

    /// <summary>Whether, since it was last believed, something else showed that it is there.</summary>
    public bool IsHinted;

    /// <summary>When the state is to be looked at: to ask again, to stop believing, to forget.</summary>
    public Instant Due = Instant.Never;
    public int Solicitations;
    public readonly Queue<WaitingPacket> Waiting = new();
    public TaskCompletionSource<Result<MacAddress>>? Asked;
    public Ipv6Neighbour? Previous;
    public Ipv6Neighbour? Next;

    public bool IsKnown => State is not (NudState.Incomplete or NudState.Unreachable);
}
