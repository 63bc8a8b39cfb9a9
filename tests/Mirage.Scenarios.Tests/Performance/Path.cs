namespace Mirage.Scenarios.Tests;

/// <summary>A path with a bottleneck, and what one flow gets through it.</summary>
/// <param name="Rate">Of the bottleneck, in bits per second.</param>
/// <param name="RoundTrip">Without queueing.</param>
/// <param name="Loss">The chance that a frame of data is lost, besides those that find the queue full.</param>
internal sealed record Path(long Rate, TimeSpan RoundTrip, double Loss = 0)
{
    public int Mtu { get; init; } = 1500;

    public IpFamily Family { get; init; }

    /// <summary>How many times what the path holds the queue of the bottleneck holds.</summary>
    public double Queue { get; init; } = 1;

    /// <summary>What the path holds, in bytes.</summary>
    public long BandwidthDelay => (long)(Rate / 8.0 * RoundTrip.TotalSeconds);

    /// <summary>Data in a full segment, with timestamps.</summary>
    public int SegmentSize => Mtu - (Family == IpFamily.Ipv4 ? 20 : 40) - 20 - 12;

    /// <summary>The most bytes of data that can arrive each second.</summary>
    public double Capacity => Rate / 8.0 * SegmentSize / (Mtu + 14);

    public HostsOptions Hosts
    {
        get
        {
            var queue = Math.Max((long)(BandwidthDelay * Queue), 10 * (Mtu + 14));
            var link = new LinkOptions { Rate = Rate, Delay = RoundTrip / 2, QueueFrames = int.MaxValue, QueueBytes = queue };

            // Room for what the path and its queue hold, twice, so that only congestion control limits.
            var buffer = (int)Math.Clamp((BandwidthDelay + queue) * 2, 1 << 20, 1 << 28);
            return new HostsOptions
            {
                There = link with { Loss = Loss },
                Back = link,
                Family = Family,
                ClientMtu = Mtu,
                ServerMtu = Mtu,
                Tcp = new TcpSettings { SendBuffer = buffer, ReceiveBuffer = buffer },
                Limits = new StackLimits { MaxBuffered = buffer * 8L },
            };
        }
    }

    /// <summary>Runs one flow, and says what part of the path's capacity it got on average from its beginning.</summary>
    public double Utilisation<TCongestion>(ulong seed, TimeSpan time)
        where TCongestion : struct, ICongestionControl
        => Simulation.Run(seed, async platform =>
        {
            var hosts = new Hosts<TCongestion>(platform, Hosts);
            var flow = LongFlow.Start(hosts);
            await platform.SleepAsync(time);
            Assert.Null(flow.Failure);
            return flow.Received / time.TotalSeconds / Capacity;
        });

    /// <summary>What part of the capacity a window of so many segments uses.</summary>
    public double Utilisation(double window) => window * SegmentSize / RoundTrip.TotalSeconds / Capacity;
}
