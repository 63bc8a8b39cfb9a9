using SimulatedArp = Mirage.Net.TcpIp.Arp<Mirage.Net.TcpIp.Ethernet<Mirage.Net.Virtual.VirtualNetwork>, Mirage.Net.Virtual.SimulatedPlatform>;

namespace Mirage.Net.TcpIp.Tests.Network;

/// <summary>What is told of packets that could not be brought to a neighbour (<see cref="IUndeliveredHandler"/>).</summary>
public class UndeliveredTests
{
    private static readonly Ipv4Address Silent = new(10, 0, 0, 7);

    [Fact]
    public void It_may_change_what_neighbours_there_are()
    {
        var loop = new SimulatedLoop(1);
        var platform = new SimulatedPlatform(loop);
        loop.Run(async () =>
        {
            var limits = new StackLimits { MaxNeighbours = 2 };
            var buffers = new BufferPool();
            var arp = new SimulatedArp(new(new VirtualSwitch(loop).Connect()), platform, buffers, new ArpOptions(), limits);
            for (byte i = 0; i < 3; i++)
            {
                Send(arp, Silent, i);
                Send(arp, new Ipv4Address(Silent.Value + 1), (byte)(10 + i));
            }

            var told = new List<byte>();
            await platform.SleepAsync(TimeSpan.FromSeconds(3));
            for (var i = 0; i < 3; i++)
            {
                _ = arp.RunTimers(platform.Now, new Changing(arp, told));
                await platform.SleepAsync(TimeSpan.FromSeconds(1));
            }

            // What the first call entered by hand got its packets; the others of the first were pushed out.
            Assert.Equal([10], told);
            arp.End();
            Assert.Equal(0, buffers.Lent);
        });
    }

    private static void Send(SimulatedArp arp, Ipv4Address to, byte mark)
    {
        if (arp.Rent(to, 1, out var packet) == LendStatus.Lent)
        {
            packet[0] = mark;
            Assert.Equal(SendStatus.Sent, arp.Send(1, default));
        }
    }

    private readonly struct Changing(SimulatedArp arp, List<byte> told) : IUndeliveredHandler
    {
        public void OnUndelivered(ReadOnlySpan<byte> packet)
        {
            told.Add(packet[0]);
            arp.AddStatic(Silent, MacAddress.Local(7));
            for (byte i = 1; i < 5; i++)
            {
                Send(arp, new Ipv4Address(Silent.Value + (uint)(100 * told.Count) + i), 99);
            }
        }
    }
}
