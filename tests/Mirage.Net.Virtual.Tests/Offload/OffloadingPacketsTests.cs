using Mirage.Testing;
using OffloadingDevice = Mirage.Net.Virtual.OffloadingPackets<Mirage.Net.Virtual.VirtualPacketDevice>;

namespace Mirage.Net.Virtual.Tests;

public sealed class OffloadingPacketsTests : PacketDeviceBehaviour<OffloadingDevice>
{
    [Fact]
    public void A_large_packet_is_cut_and_joined_again()
        => Connected(
            (a, b) =>
            {
                foreach (var isV6 in new[] { false, true })
                {
                    var whole = new TcpFrame { HasEthernet = false, IsV6 = isV6, Text = TcpFrame.Bytes(50_000) };
                    Assert.Equal(SendStatus.Sent, Frames.Transmit(a, whole.ToBytes(isPartial: true), whole.PartialInfo(1400)));
                    var packets = new List<byte[]>();
                    Assert.Equal(36, b.Receive(100, new Frames.Keep(packets)));
                    Assert.Equal(whole.ToBytes(isPartial: true), Assert.Single(packets));
                }

                return Task.CompletedTask;
            });

    protected override void Connected(Func<Loop, OffloadingDevice, OffloadingDevice, Task> test, int mtu = 1500)
    {
        var loop = new SimulatedLoop(1);
        var link = new VirtualPacketLink(loop, mtu);
        loop.Run(() => test(loop, new(link.A), new(link.B)));
    }

    protected override Task ArriveAsync() => Task.CompletedTask;
}
