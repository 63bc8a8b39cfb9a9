using System.Buffers.Binary;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>What <see cref="Autoconfiguration{TNdp, TPlatform}"/> names. Routers are in AutoconfigurationLayer.Routers.cs, addresses in .Addresses.cs, networks in .Prefixes.cs.</summary>
internal sealed partial class AutoconfigurationLayer<TNdp, TPlatform>(
    Ipv6<TNdp, TPlatform> ip, TNdp ndp, TPlatform platform, AutoconfigurationOptions options, StackLimits limits)
    where TNdp : struct, INdp
    where TPlatform : struct, IPlatform
{
    private Instant _due = Instant.Never;
    private int _seenRevision;
    private bool _isChanged;
    private AutoconfigurationCounters _counters;

    public AutoconfigurationCounters Counters => _counters;

    public void Input(in IpPacketInfo info, ReadOnlySpan<byte> message)
    {
        if (!options.FollowsRouters)
        {
            return;
        }

        switch ((Icmpv6Type)message[0])
        {
            case Icmpv6Type.RouterAdvertisement:
                InputAdvertisement(info, message);
                break;
            case Icmpv6Type.Redirect:
                InputRedirect(info, message);
                break;
            case Icmpv6Type.NeighbourAdvertisement when _routers.Count > 0:
                InputNeighbour(info, message);
                break;
        }
    }

    public Instant RunTimers(Instant now)
    {
        CheckTentative(now);
        if (now >= _due)
        {
            _due = Instant.Never;
            RunRouterTimers(now);
            RunPrefixTimers(now);
            RunServerTimers(now);
        }

        if (_seenRevision != ndp.Revision)
        {
            _seenRevision = ndp.Revision;
            ChooseRouter();
        }

        if (_isChanged)
        {
            _isChanged = false;
            Tell();
        }

        return _due;
    }

    private void SetDue(Instant due) => _due = Instant.Min(_due, due);

    private void Tell()
    {
        if (options.Changed is { } changed)
        {
            Post(changed);
        }
    }

    /// <summary>Posted: the program goes on outside of the turn's packets. Apart, so that what wakes the loop is not compiled into the packets' way.</summary>
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private void Post(Action changed) => platform.Post(static changed => ((Action)changed!)(), changed);

    /// <summary>When a number of seconds is over; all ones is never (RFC 4861 §4.6.2).</summary>
    private static Instant After(Instant now, uint seconds) => seconds == uint.MaxValue ? Instant.Never : now + TimeSpan.FromSeconds(seconds);

    private double RandomFraction()
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        platform.Fill(bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes) / (double)uint.MaxValue;
    }
}
