namespace Mirage.Testing.Scripts;

internal enum ConnectionPhase
{
    /// <summary>A socket of which no packet is known.</summary>
    New,
    Listening,

    /// <summary>The program connects; its SYN has not been seen.</summary>
    Connecting,

    /// <summary>Its SYN is expected or was seen.</summary>
    SynSent,

    /// <summary>The script has sent the first packet to a listener, or to nobody.</summary>
    Received,

    /// <summary>The stack has answered it with SYN and ACK.</summary>
    Answered,
    Open,
}

/// <summary>
/// A connection of the script's, and how numbers of the script become numbers on the wire. As in packetdrill: packets with SYN have sequence numbers as
/// they are, the others count from the first SYN; this end's first number is the stack's to choose.
/// </summary>
internal sealed class ScriptConnection
{
    private readonly Dictionary<uint, uint> _timestamps = [];
    private uint _firstScriptTimestamp;
    private uint _firstLiveTimestamp;
    private bool _hasTimestamp;

    public ConnectionPhase Phase { get; set; }

    public bool IsDatagram { get; init; }

    /// <summary>The stack's port; 0 until it is known.</summary>
    public ushort LocalPort { get; set; }

    public ushort RemotePort { get; set; }

    /// <summary>The stack's descriptor; negative while there is none.</summary>
    public int Descriptor { get; set; } = -1;

    public uint RemoteIsn { get; set; }

    public uint LocalIsn { get; set; }

    /// <summary>The sequence number of the last SYN that was injected: with the answer to it another connection between the same ports may begin.</summary>
    public uint? SynSequence { get; set; }

    /// <summary>The stack's first sequence number as the script writes it.</summary>
    public uint ScriptLocalIsn { get; set; }

    public uint RemoteToLive(uint sequence, bool isSyn) => isSyn ? sequence : unchecked(sequence + RemoteIsn);

    public uint RemoteToScript(uint sequence, bool isSyn) => isSyn ? sequence : unchecked(sequence - RemoteIsn);

    public uint LocalToLive(uint sequence, bool isSyn) => unchecked(sequence + LocalIsn - (isSyn ? ScriptLocalIsn : 0));

    public uint LocalToScript(uint sequence, bool isSyn) => unchecked(sequence - LocalIsn + (isSyn ? ScriptLocalIsn : 0));

    /// <summary>Learns which of the stack's timestamps stands for one of the script's.</summary>
    /// <returns>The stack's timestamp as the script counts.</returns>
    public uint LearnTimestamp(uint script, uint live)
    {
        _timestamps[script] = live;
        if (!_hasTimestamp)
        {
            (_hasTimestamp, _firstScriptTimestamp, _firstLiveTimestamp) = (true, script, live);
        }

        return unchecked(_firstScriptTimestamp + (live - _firstLiveTimestamp));
    }

    /// <summary>The stack's timestamp that an echo in the script stands for.</summary>
    public bool TryEcho(uint script, bool scaled, out uint live)
    {
        if (_timestamps.TryGetValue(script, out live))
        {
            return true;
        }

        live = unchecked(script - _firstScriptTimestamp + _firstLiveTimestamp);
        return scaled && _hasTimestamp;
    }
}
