using Mirage.Net.Virtual;
using Mirage.Testing;
using ImpairedTap = Mirage.Net.Virtual.Impaired<Mirage.Net.Tap.TapNetwork, Mirage.HostPlatform>;

namespace Mirage.Net.Tap.Tests;

/// <summary>A TAP device behind an imperfect link, in real time: it behaves as the device does, its times are kept, and a full device loses nothing.</summary>
public sealed class ImpairedTapTests : NetworkBehaviour<ImpairedTap>
{
    protected override void Connected(Func<Loop, ImpairedTap, ImpairedTap, Task> test, int mtu = 1500) => Connected((platform, a, b) => test(platform.Loop, a, b), new LinkOptions(), mtu);

    protected override Task ArriveAsync() => Task.CompletedTask;

    [Fact]
    public void Frames_arrive_no_earlier_than_their_delay_and_in_order() => Connected(
        async (platform, a, b) =>
        {
            var start = platform.Now;
            for (byte i = 0; i < 20; i++)
            {
                _ = Frames.Transmit(a, Frames.Make(b.Mac, a.Mac, 100, i));
            }

            Assert.Empty(Frames.TakeAll(b));
            Assert.Equal(Enumerable.Range(0, 20).Select(i => Frames.Make(b.Mac, a.Mac, 100, (byte)i)), await TakeAsync(platform, b, 20));

            // Out of one and into the other.
            Assert.True(platform.Now - start >= TimeSpan.FromMilliseconds(20));
        },
        new LinkOptions { Delay = TimeSpan.FromMilliseconds(10) });

    [Fact]
    public void What_a_full_device_does_not_take_waits_and_is_not_lost() => Connected(
        async (platform, a, b) =>
        {
            var sent = 0;
            while (a.Rent(1000, out var frame) is var status && status == LendStatus.Lent)
            {
                Frames.Make(b.Mac, a.Mac, 1000, (byte)sent++).CopyTo(frame);
                Assert.Equal(SendStatus.Sent, a.Send(1000, default));
                Assert.True(sent < 1_000_000);
            }

            Assert.InRange(a.OutboundCounters.InFlight, 1, sent);
            Assert.Equal(Enumerable.Range(0, sent).Select(i => Frames.Make(b.Mac, a.Mac, 1000, (byte)i)), await TakeAsync(platform, b, sent));
            Assert.Equal((0, (long)sent), (a.OutboundCounters.InFlight, a.OutboundCounters.Delivered));
        },
        new LinkOptions());

    [Fact]
    public void Half_of_the_frames_are_lost_if_so_asked() => Connected(
        async (platform, a, b) =>
        {
            for (var i = 0; i < 1000; i++)
            {
                _ = Frames.Transmit(a, Frames.Make(b.Mac, a.Mac, 60, (byte)i));
                if (i % 50 == 0)
                {
                    await Task.Yield();
                    _ = Frames.TakeAll(b);
                }
            }

            Assert.Equal(1000, a.OutboundCounters.Lost + a.OutboundCounters.Delivered);
            Assert.InRange(a.OutboundCounters.Lost, 400, 600);
        },
        new LinkOptions { Loss = 0.5 });

    private static async Task<List<byte[]>> TakeAsync(HostPlatform platform, ImpairedTap device, int count)
    {
        var taken = new List<byte[]>();
        while (taken.Count < count)
        {
            taken.AddRange(Frames.TakeAll(device));
            await platform.SleepAsync(TimeSpan.FromMilliseconds(1));
        }

        return taken;
    }

    private static void Connected(Func<HostPlatform, ImpairedTap, ImpairedTap, Task> test, LinkOptions options, int mtu = 1500)
    {
        using var loop = new HostLoop { Spin = TimeSpan.Zero };
        var platform = new HostPlatform(loop);
        loop.Run(async () =>
        {
            var (a, b) = DevicePair.Create(loop, mtu);
            var (near, far) = (new ImpairedTap(a, platform, options, null, seed: 1), new ImpairedTap(b, platform, null, options, seed: 2));
            await test(platform, near, far);
            await near.DisconnectAsync();
            await far.DisconnectAsync();
        });
    }
}
