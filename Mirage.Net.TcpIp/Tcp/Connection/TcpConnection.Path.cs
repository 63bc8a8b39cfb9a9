namespace Mirage.Net.TcpIp;

/// <summary>How large segments may be on the path: what the peer and the path's MTU allow, and what a router that says nothing lets through.</summary>
internal abstract partial class TcpConnection
{
    /// <summary>So many time-outs of full segments in a row look like a router that drops what is too large and says nothing (RFC 2923 §2.1).</summary>
    private const int TimeoutsOfBlackHole = 3;

    // RFC 4821 §7.2: base sizes that nearly every path carries, and which are tried one after the other.
    private static readonly ushort[] BlackHoleSizes = [1024, 512, 256];

    /// <summary>The largest segment that the peer takes, as its SYN says.</summary>
    public ushort PeerSegmentSize;

    /// <summary>Which state of the path MTUs the segment size is from (<see cref="IIp.PathRevision"/>).</summary>
    public int PathRevision;

    /// <summary>What a black hole seems to let through; 0 for anything.</summary>
    public ushort BlackHoleSize;

    /// <summary>When to try larger segments again after a black hole.</summary>
    public Instant TryLargerAt;

    /// <summary>Time-outs in a row of segments larger than the next of the sizes.</summary>
    public byte LargeTimeouts;

    /// <summary>The last ICMP error about it that did not end it: the reason, if nothing else comes.</summary>
    public ErrorKind SoftError;

    /// <summary>Counts a time-out of a segment of a size.</summary>
    /// <returns>Whether smaller segments are to be tried.</returns>
    public bool IsBlackHole(int size)
    {
        var next = NextSmallerSize(size);
        if (next == 0 || ++LargeTimeouts < TimeoutsOfBlackHole)
        {
            return false;
        }

        LargeTimeouts = 0;
        BlackHoleSize = next;
        return true;
    }

    private static ushort NextSmallerSize(int size)
    {
        foreach (var candidate in BlackHoleSizes)
        {
            if (candidate < size)
            {
                return candidate;
            }
        }

        return 0;
    }

    private void ResetPath()
    {
        BlackHoleSize = 0;
        LargeTimeouts = 0;
        TryLargerAt = Instant.Never;
        SoftError = ErrorKind.None;
    }
}
