using Mirage.Testing;
using ImpairedPacketDevice = Mirage.Net.Virtual.ImpairedPackets<Mirage.Net.Virtual.VirtualPacketDevice, Mirage.Net.Virtual.SimulatedPlatform>;

namespace Mirage.Net.Virtual.Tests;

public sealed class ImpairedPacketsTests : PacketDeviceBehaviour<ImpairedPacketDevice>
{
    // An IPv4 header without options whose checksum is right, ECT(0).
    private static readonly byte[] Header = Convert.FromHexString("45020014000040004011b6d3c0000201c0000202");

    [Fact]
    public void A_packet_arrives_after_its_time_on_the_wire_and_the_delay()
    {
        // 1,000 bytes at 8 Mbit/s: 1 ms. No link header is added.
        var loop = new SimulatedLoop(1);
        var (a, b) = Make(loop, new LinkOptions { Rate = 8_000_000, Delay = TimeSpan.FromMilliseconds(10) });
        loop.Run(async () =>
        {
            _ = Frames.Transmit(a, Packets.Make(1000));
            await new SimulatedPlatform(loop).SleepAsync(TimeSpan.FromTicks(109_999));
            Assert.Empty(Frames.TakeAll(b));
            await new SimulatedPlatform(loop).SleepAsync(TimeSpan.FromTicks(2));
            Assert.Equal(Packets.Make(1000), Assert.Single(Frames.TakeAll(b)));
        });
    }

    [Fact]
    public void The_MTU_of_the_path_counts_whole_packets()
    {
        var loop = new SimulatedLoop(1);
        var (a, b) = Make(loop, new LinkOptions { Mtu = 1000 });
        loop.Run(() =>
        {
            _ = Frames.Transmit(a, Packets.Make(1000));
            _ = Frames.Transmit(a, Packets.Make(1001));
            Assert.Equal(1000, Assert.Single(Frames.TakeAll(b)).Length);
            Assert.Equal(1, a.OutboundCounters.TooLarge);
            return Task.CompletedTask;
        });
    }

    [Fact]
    public void Damage_reaches_the_IP_header()
    {
        var loop = new SimulatedLoop(1);
        var (a, b) = Make(loop, new LinkOptions { Corruption = 1 });
        loop.Run(() =>
        {
            var hit = new HashSet<int>();
            for (var i = 0; i < 1000; i++)
            {
                _ = Frames.Transmit(a, new byte[20]);
                var packet = Assert.Single(Frames.TakeAll(b));
                hit.Add(Assert.Single(Enumerable.Range(0, packet.Length), at => packet[at] != 0));
            }

            Assert.Equal(20, hit.Count);
            return Task.CompletedTask;
        });
    }

    [Fact]
    public void RFC_3168_5_a_long_queue_marks_packets_that_have_no_link_header()
    {
        var loop = new SimulatedLoop(1);
        var (a, b) = Make(loop, new LinkOptions { Rate = 8_000, QueueBytes = 10_000, MarkAt = 30 });
        loop.Run(async () =>
        {
            for (var i = 0; i < 3; i++)
            {
                _ = Frames.Transmit(a, Header);
            }

            await new SimulatedPlatform(loop).SleepAsync(TimeSpan.FromSeconds(1));
            var marks = Frames.TakeAll(b);
            Assert.Equal([2, 2, 3], marks.Select(packet => packet[1] & 3));
            Assert.All(marks, packet => Assert.Equal(0xffff, OnesComplementSum(packet)));
            Assert.Equal(1, a.OutboundCounters.Marked);
        });
    }

    protected override void Connected(Func<Loop, ImpairedPacketDevice, ImpairedPacketDevice, Task> test, int mtu = 1500)
    {
        var loop = new SimulatedLoop(1);
        var (a, b) = Make(loop, new LinkOptions(), mtu);
        loop.Run(() => test(loop, a, b));
    }

    protected override Task ArriveAsync() => Task.CompletedTask;

    private static (ImpairedPacketDevice A, ImpairedPacketDevice B) Make(SimulatedLoop loop, LinkOptions outbound, int mtu = 1500)
    {
        var platform = new SimulatedPlatform(loop);
        var link = new VirtualPacketLink(loop, mtu);
        return (new(link.A, platform, outbound), new(link.B, platform));
    }

    private static int OnesComplementSum(byte[] packet)
    {
        var sum = 0;
        for (var i = 0; i < packet.Length; i += 2)
        {
            sum += (packet[i] << 8) | packet[i + 1];
            sum = (sum & 0xffff) + (sum >> 16);
        }

        return sum;
    }
}
