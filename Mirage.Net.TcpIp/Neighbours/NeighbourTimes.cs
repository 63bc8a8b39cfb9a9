namespace Mirage.Net.TcpIp;

/// <summary>When neighbours are asked, and how often.</summary>
internal sealed class NeighbourTimes
{
    /// <summary>How long to wait for an answer before asking again.</summary>
    public required TimeSpan Retry { get; set; }

    /// <summary>How long who has answered is believed.</summary>
    public required TimeSpan Reachable { get; set; }

    /// <summary>Whether that is an average, from half to one and a half of it at random (RFC 4861 §6.3.2), so that not all hosts ask at once.</summary>
    public bool IsReachableRandom { get; init; }

    /// <summary>How long who is believed no longer is remembered without being used; <see cref="Timeout.InfiniteTimeSpan"/> until there is no room.</summary>
    public TimeSpan Stale { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>How long who is believed no longer has, from its next use, to show that it is there before it is asked.</summary>
    public required TimeSpan DelayFirstProbe { get; init; }

    /// <summary>How often everyone is asked for who is not known.</summary>
    public required int MaxGroupQuestions { get; init; }

    /// <summary>How often who is known is asked directly.</summary>
    public required int MaxDirectQuestions { get; init; }

    /// <summary>How often everyone is asked after that.</summary>
    public int MaxLastGroupQuestions { get; init; }

    /// <summary>How long who did not answer counts as unreachable.</summary>
    public required TimeSpan Unreachable { get; init; }
}

/// <summary>How a protocol asks for a neighbour.</summary>
internal interface INeighbourQuestions<TAddress>
    where TAddress : struct
{
    /// <summary>Asks.</summary>
    /// <param name="address">Who.</param>
    /// <param name="mac">Where it was; <see langword="null"/> to ask everyone.</param>
    /// <returns>Whether the device had room for the question.</returns>
    bool Ask(in TAddress address, MacAddress? mac);
}
