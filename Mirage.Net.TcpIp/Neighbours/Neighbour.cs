namespace Mirage.Net.TcpIp;

/// <summary>The states of neighbour unreachability detection (RFC 4861 §7.3.2), for neighbours of both families.</summary>
internal enum NeighbourState : byte
{
    /// <summary>Asked for; packets wait.</summary>
    Incomplete,

    /// <summary>Known to answer.</summary>
    Reachable,

    /// <summary>Known, but not known to answer: never asked, or not for long.</summary>
    Stale,

    /// <summary>Used while stale: given time to show that it is there.</summary>
    Delay,

    /// <summary>Asked whether it is still there; used meanwhile.</summary>
    Probe,

    /// <summary>Did not answer: remembered for a moment, so that each packet does not start all questions again.</summary>
    Unreachable,
}

/// <summary>What a neighbour is worth where there is no room for all: the least goes first.</summary>
internal enum NeighbourStanding : byte
{
    /// <summary>It told of itself, and this host has not sent to it: anyone on the link can make up as many as they like.</summary>
    Claimed,

    /// <summary>This host sends to it, and it has not answered: a scan makes as many.</summary>
    Asked,

    /// <summary>This host sends to it, and it has answered.</summary>
    Proven,

    /// <summary>Entered by hand: never asked for, and kept.</summary>
    Static,
}

/// <summary>One entry of the neighbour cache, and a link of one of its lists.</summary>
internal sealed class Neighbour<TAddress>(TAddress address, NeighbourStanding standing)
    where TAddress : struct
{
    public readonly TAddress Address = address;
    public NeighbourState State;
    public NeighbourStanding Standing = standing;
    public MacAddress Mac;
    public bool IsRouter;

    /// <summary>Whether, since it was last believed, something else showed that it is there.</summary>
    public bool IsHinted;

    /// <summary>When the state is to be looked at: to ask again, to stop believing, to forget.</summary>
    public Instant Due = Instant.Never;

    /// <summary>How often it was asked since its state changed.</summary>
    public int Questions;

    /// <summary>Whether the device had no room for the last question.</summary>
    public bool IsUnasked;

    /// <summary>Whether a question or packets wait for room in the device.</summary>
    public bool IsBlocked;

    /// <summary>The packets that wait for its link address, or for room in the device.</summary>
    public Queue<WaitingPacket>? Waiting;

    /// <summary>What the program awaits.</summary>
    public TaskCompletionSource<Result<MacAddress>>? Awaited;
    public Neighbour<TAddress>? Previous;
    public Neighbour<TAddress>? Next;

    public bool IsKnown => State is not (NeighbourState.Incomplete or NeighbourState.Unreachable);

    public bool IsStatic => Standing == NeighbourStanding.Static;
}
