using System.Buffers.Binary;
using Mirage.Testing;
using CapturedDevice = Mirage.Net.Virtual.CapturedPackets<Mirage.Net.Virtual.VirtualPacketDevice, Mirage.Net.Virtual.SimulatedPlatform>;

namespace Mirage.Net.Virtual.Tests;

public sealed class VirtualPacketDeviceTests : PacketDeviceBehaviour<VirtualPacketDevice>
{
    [Fact]
    public void What_finds_the_queue_full_is_lost_and_counted_by_the_receiver()
    {
        var loop = new SimulatedLoop(1);
        var link = new VirtualPacketLink(loop, queueLength: 4);
        for (byte i = 0; i < 6; i++)
        {
            Assert.Equal(SendStatus.Sent, Frames.Transmit(link.A, Packets.Make(30, i)));
        }

        Assert.Equal([Packets.Make(30, 0), Packets.Make(30, 1), Packets.Make(30, 2), Packets.Make(30, 3)], Frames.TakeAll(link.B));
        Assert.Equal(2, link.B.Counters.ReceiveDropped);
    }

    [Fact]
    public void When_one_end_is_gone_the_other_sends_into_the_void()
    {
        var loop = new SimulatedLoop(1);
        var link = new VirtualPacketLink(loop);
        loop.Run(async () =>
        {
            await link.B.DisconnectAsync();
            Assert.Equal(SendStatus.Sent, Frames.Transmit(link.A, Packets.Make(30)));
            Assert.True(link.A.Failure.IsNone);
            Assert.Empty(Frames.TakeAll(link.A));
        });
    }

    [Fact]
    public void A_packet_wakes_the_loop_of_the_receiver()
    {
        var loop = new SimulatedLoop(1);
        var link = new VirtualPacketLink(loop);
        var receiver = new Receiver(link.B);
        loop.Attach(receiver);
        loop.Run(async () =>
        {
            _ = Frames.Transmit(link.A, Packets.Make(30));
            await receiver.Arrived.Task;
        });
    }

    protected override void Connected(Func<Loop, VirtualPacketDevice, VirtualPacketDevice, Task> test, int mtu = 1500)
    {
        var loop = new SimulatedLoop(1);
        var link = new VirtualPacketLink(loop, mtu);
        loop.Run(() => test(loop, link.A, link.B));
    }

    protected override Task ArriveAsync() => Task.CompletedTask;

    private sealed class Receiver(VirtualPacketDevice device) : IPollable
    {
        public TaskCompletionSource Arrived { get; } = new();

        public PollResult Poll(Instant now, int budget)
        {
            if (Frames.TakeAll(device).Count > 0)
            {
                Arrived.SetResult();
            }

            return new PollResult(false, Instant.Never);
        }
    }
}

public sealed class CapturedPacketsTests : PacketDeviceBehaviour<CapturedDevice>
{
    [Fact]
    public void An_interface_of_packets_has_the_link_type_raw_and_no_address()
    {
        using var stream = new MemoryStream();
        var loop = new SimulatedLoop(1);
        var link = new VirtualPacketLink(loop);
        var device = new CapturedDevice(link.A, new SimulatedPlatform(loop), new PcapngWriter(stream), "tun0");
        var packet = Packets.Make(40);
        _ = Frames.Transmit(device, packet);
        device.Flush();

        // After the section header of 44 bytes: interface description, 36 bytes: if_name and if_tsresol. Then the packet, after 28 bytes of its block.
        var written = stream.ToArray();
        Assert.Equal(1u, BinaryPrimitives.ReadUInt32LittleEndian(written.AsSpan(44)));
        Assert.Equal(101, BinaryPrimitives.ReadUInt16LittleEndian(written.AsSpan(52)));
        var described = BinaryPrimitives.ReadInt32LittleEndian(written.AsSpan(48));
        Assert.DoesNotContain((byte)6, written.AsSpan(60, 4).ToArray());
        Assert.Equal(packet, written.AsSpan(44 + described + 28, packet.Length).ToArray());
    }

    protected override void Connected(Func<Loop, CapturedDevice, CapturedDevice, Task> test, int mtu = 1500)
    {
        var loop = new SimulatedLoop(1);
        var platform = new SimulatedPlatform(loop);
        var link = new VirtualPacketLink(loop, mtu);
        var writer = new PcapngWriter(Stream.Null);
        loop.Run(() => test(loop, new(link.A, platform, writer, "a"), new(link.B, platform, writer, "b")));
    }

    protected override Task ArriveAsync() => Task.CompletedTask;
}
