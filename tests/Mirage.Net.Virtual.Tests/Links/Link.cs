using Mirage.Testing;
using Device = Mirage.Net.Virtual.Impaired<Mirage.Net.Virtual.VirtualNetwork, Mirage.Net.Virtual.SimulatedPlatform>;

namespace Mirage.Net.Virtual.Tests;

/// <summary>A device behind a link, and a plain one that it sends to or receives from; each frame has its number in it.</summary>
internal sealed class Link
{
    private Link(SimulatedPlatform platform, LinkOptions options, bool inbound, int mtu)
    {
        Platform = platform;
        var network = new VirtualSwitch(platform.Loop, new VirtualSwitchOptions { QueueLength = 65_536 });
        var (near, far) = (network.Connect(mtu), network.Connect(mtu));
        Impaired = new Device(near, platform, inbound ? null : options, inbound ? options : null, seed: 1);
        (Far, IsInbound) = (far, inbound);

        // The switch learns where both are.
        _ = Frames.Transmit(far, Frames.Make(near.Mac, far.Mac, 14));
        _ = near.Receive(1, default(Ignore));
    }

    public SimulatedPlatform Platform { get; }

    public Device Impaired { get; }

    public VirtualNetwork Far { get; }

    public bool IsInbound { get; }

    public LinkCounters Counters => IsInbound ? Impaired.InboundCounters : Impaired.OutboundCounters;

    /// <summary>What arrived so far: at which nanosecond, and the frame.</summary>
    public List<(long At, byte[] Frame)> Arrived { get; } = [];

    /// <summary>The numbers of the frames that arrived so far.</summary>
    public IEnumerable<int> Numbers => Arrived.Select(arrival => BitConverter.ToInt32(arrival.Frame, Frames.HeaderSize));

    /// <summary>Runs a story of each direction.</summary>
    public static void Run(LinkOptions options, Func<Link, Task> story, int mtu = 1500)
    {
        foreach (var inbound in new[] { false, true })
        {
            Simulation.Run(1, async platform =>
            {
                var link = new Link(platform, options, inbound, mtu);
                platform.Attach(new Receiver(link));
                await story(link);
            });
        }
    }

    public void Send(int number, int length = 100)
    {
        if (IsInbound)
        {
            Send(Far, Impaired.Mac, number, length);
        }
        else
        {
            Send(Impaired, Far.Mac, number, length);
        }
    }

    /// <summary>Sends a frame as it is, but for its addresses.</summary>
    public void Send(byte[] frame)
    {
        var (destination, source) = IsInbound ? (Impaired.Mac, Far.Mac) : (Far.Mac, Impaired.Mac);
        destination.CopyTo(frame);
        source.CopyTo(frame.AsSpan(MacAddress.Size));
        _ = IsInbound ? Frames.Transmit(Far, frame) : Frames.Transmit(Impaired, frame);
    }

    public Task Sleep(double milliseconds) => Platform.SleepAsync(TimeSpan.FromMilliseconds(milliseconds)).AsTask();

    private static void Send<TNetwork>(TNetwork network, MacAddress destination, int number, int length)
        where TNetwork : struct, INetwork
    {
        var frame = Frames.Make(destination, network.Mac, length);
        if (length >= Frames.HeaderSize + sizeof(int))
        {
            _ = BitConverter.TryWriteBytes(frame.AsSpan(Frames.HeaderSize), number);
        }

        _ = Frames.Transmit(network, frame);
    }

    private readonly struct Ignore : IFrameHandler
    {
        public void OnFrame(ReadOnlySpan<byte> frame, in FrameInfo info)
        {
        }
    }

    private readonly struct Keep(Link link, long now) : IFrameHandler
    {
        public void OnFrame(ReadOnlySpan<byte> frame, in FrameInfo info) => link.Arrived.Add((now, frame.ToArray()));
    }

    private sealed class Receiver(Link link) : IPollable
    {
        public PollResult Poll(Instant now, int budget)
        {
            var keep = new Keep(link, now.Nanoseconds);
            var count = link.IsInbound ? link.Impaired.Receive(budget, keep) : link.Far.Receive(budget, keep);
            return new PollResult(count > 0, Instant.Never);
        }
    }
}
