namespace Mirage.Net.TcpIp;

/// <summary>How large segments may be on the path: what the peer and the path's MTU allow, and what a router that says nothing lets through.</summary>
internal abstract partial class TcpConnection
{
    /// <summary>So many time-outs of full segments in a row look like a router that drops what is too large and says nothing (RFC 2923 §2.1).</summary>
    private const int TimeoutsOfBlackHole = 3;

    /// <summary>The largest segment that the peer takes, as its SYN says.</summary>
    public ushort PeerSegmentSize;

    /// <summary>Which state of the path MTUs the segment size is from (<see cref="IIp.PathRevision"/>).</summary>
    public int PathRevision;

    /// <summary>What seems to swallow large segments; <see langword="null"/> on nearly every path.</summary>
    public BlackHole? BlackHole;

    /// <summary>Time-outs in a row of segments larger than the next of the sizes.</summary>
    public byte LargeTimeouts;

    /// <summary>The last ICMP error about it that did not end it: the reason, if nothing else comes.</summary>
    public ErrorKind SoftError;

    /// <summary>Counts a time-out of a segment of a size.</summary>
    /// <returns>Whether smaller segments are to be tried.</returns>
    public bool IsBlackHole(int size)
    {
        var isIpv6 = Remote.Address.IsV6;
        var next = BlackHole.NextSmaller(size, isIpv6);
        if (next == 0)
        {
            return false;
        }

        // What is tried already and not answered is not waited for as long again: with back-off, that would take longer than a connection lasts.
        if (BlackHole is not { IsUnanswered: true } && ++LargeTimeouts < TimeoutsOfBlackHole)
        {
            return false;
        }

        LargeTimeouts = 0;
        BlackHole ??= new BlackHole(isIpv6);
        BlackHole.Shrink(next);
        return true;
    }

    private void ResetPath()
    {
        BlackHole = null;
        LargeTimeouts = 0;
        SoftError = ErrorKind.None;
    }
}
