using System.Buffers.Binary;

namespace Mirage.Net.TcpIp;

/// <summary>What <see cref="Ndp{TEthernet, TPlatform}"/> names: this host's addresses, and what is heard of neighbours. NdpLayer.Link is the way down, .Addresses what this host has, .Input what
/// neighbours say, .Messages what is sent.</summary>
internal sealed partial class NdpLayer<TEthernet, TPlatform>
    where TEthernet : struct, IEthernet
    where TPlatform : struct, IPlatform
{
    private readonly TEthernet _ethernet;
    private readonly TPlatform _platform;
    private readonly NdpSettings _settings;
    private readonly NeighbourTimes _times;
    private readonly NeighbourResolver<Ipv6Address, Questions, TEthernet, TPlatform> _neighbours;
    private Instant _due = Instant.Never;
    private long _received;
    private long _malformed;
    private long _conflicts;
    private long _duplicates;

    public NdpLayer(TEthernet ethernet, TPlatform platform, BufferPool buffers, NdpSettings settings, StackLimits limits)
    {
        _ethernet = ethernet;
        _platform = platform;
        _settings = settings;
        _times = new NeighbourTimes
        {
            Retry = settings.RetransTimer,
            Reachable = settings.ReachableTime,
            IsReachableRandom = true,
            DelayFirstProbe = settings.DelayFirstProbe,
            MaxGroupQuestions = settings.MaxMulticastSolicitations,
            MaxDirectQuestions = settings.MaxUnicastSolicitations,
            Unreachable = settings.UnreachableTime,
        };
        _neighbours = new(new Questions(this), ethernet, EtherType.Ipv6, platform, buffers, _times, limits);
    }

    public int Mtu => _ethernet.Mtu;

    public NdpCounters Counters => new()
    {
        Received = _received,
        Malformed = _malformed,
        Conflicts = _conflicts,
        Duplicates = _duplicates,
        Failures = _neighbours.Failures,
        WaitingDropped = _neighbours.WaitingDropped,
        Evicted = _neighbours.Evicted,
        ClaimsRefused = _neighbours.Refused,
    };

    public MacAddress Mac => _ethernet.Mac;

    public int Revision => _neighbours.Revision;

    public void AddGroup(Ipv6Address group) => _ethernet.AddGroup(MacAddress.ForMulticast(group));

    public void RemoveGroup(Ipv6Address group) => _ethernet.RemoveGroup(MacAddress.ForMulticast(group));

    public void AddStatic(Ipv6Address address, MacAddress mac) => _neighbours.AddStatic(address, mac);

    public ValueTask<Result<MacAddress>> QueryAsync(Ipv6Address address, CancellationToken cancellation) => _neighbours.QueryAsync(address, cancellation);

    public bool IsProbablyReachable(Ipv6Address address) => _neighbours.Find(address) is { IsKnown: true };

    public void Hint(Ipv6Address address) => _neighbours.Hint(address);

    public void SetTimes(TimeSpan reachable, TimeSpan retransmit)
    {
        _times.Reachable = reachable > TimeSpan.Zero ? reachable : _times.Reachable;
        _times.Retry = retransmit > TimeSpan.Zero ? retransmit : _times.Retry;
    }

    /// <summary>The device is gone: nobody answers any more.</summary>
    public void End()
    {
        EndProbes();
        _neighbours.End();
    }

    /// <summary>From 0 to 1.</summary>
    private double RandomFraction()
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        _platform.Fill(bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes) / (double)uint.MaxValue;
    }

    /// <summary>Questions go to the group of who is not known (RFC 4861 §7.2.2), else to whom they are about.</summary>
    private readonly struct Questions(NdpLayer<TEthernet, TPlatform> layer) : INeighbourQuestions<Ipv6Address>
    {
        public bool Ask(in Ipv6Address address, MacAddress? mac) => layer.SendSolicitation(address, mac);
    }
}
