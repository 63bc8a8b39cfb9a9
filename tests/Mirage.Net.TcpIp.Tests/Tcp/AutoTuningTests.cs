using Mirage.Net.Virtual;
using Device = Mirage.Net.Virtual.Impaired<Mirage.Net.Virtual.VirtualNetwork, Mirage.Net.Virtual.SimulatedPlatform>;

namespace Mirage.Net.TcpIp.Tests.Tcp;

/// <summary>Buffers grow to what the path and the program need, and no further.</summary>
public class AutoTuningTests
{
    private const int Mebibyte = 1 << 20;

    private static readonly TcpSettings _large = new() { SendBuffer = 256 * Mebibyte, ReceiveBuffer = 256 * Mebibyte };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_long_fat_path_is_filled_with_the_defaults(bool timestamps)
    {
        // 1 MB of delay times bandwidth: sixteen times the first window.
        var path = new Path(200_000_000, TimeSpan.FromMilliseconds(40), timestamps);
        path.Run(async () =>
        {
            await path.Start();
            await path.Sleep(3);
            var before = path.Read;
            await path.Sleep(2);
            Assert.InRange((path.Read - before) / 2.0, 0.9 * 200e6 / 8 * 1448 / 1514, 25e6);
            Assert.InRange(path.ReceiveWindow, 1_000_000, 6 * Mebibyte);
        });
    }

    [Fact]
    public void Sixty_four_megabytes_of_delay_times_bandwidth_are_reached_when_the_settings_allow()
    {
        var path = new Path(1_000_000_000, TimeSpan.FromMilliseconds(512), tcp: _large, mtu: 9000);
        path.Run(async () =>
        {
            await path.Start();
            await path.Sleep(13);
            Assert.InRange(path.ReceiveWindow, 64_000_000, 256 * Mebibyte);
            var before = path.Read;
            await path.Sleep(1);
            Assert.InRange((path.Read - before) * 8.0, 0.9e9, 1e9);
        });
    }

    [Fact]
    public void On_a_short_path_the_window_stays_below_what_a_TAP_devices_queue_holds()
    {
        // Our own window fills the queue of the bottleneck, and makes the round trip long: that is no reason to grow further.
        var path = new Path(1_000_000_000, TimeSpan.FromMicroseconds(200), tcp: _large);
        path.Run(async () =>
        {
            await path.Start();
            await path.Sleep(2);
            Assert.InRange(path.Read, 0.9 * 2e9 / 8, 2e9 / 8);
            Assert.InRange(path.ReceiveWindow, 100_000, Mebibyte);
        });
    }

    [Fact]
    public void A_program_that_does_not_read_gets_no_larger_buffer()
    {
        var path = new Path(200_000_000, TimeSpan.FromMilliseconds(40)) { Reads = false };
        path.Run(async () =>
        {
            await path.Start();
            await path.Sleep(5);
            Assert.Equal(64 << 10, path.Server.Counters.BuffersInUse);
            Assert.InRange(path.ReceiveWindow, 0, 1460);
        });
    }

    [Fact]
    public void A_program_that_reads_slowly_gets_no_larger_buffer()
    {
        var path = new Path(200_000_000, TimeSpan.FromMilliseconds(40)) { Pause = TimeSpan.FromMilliseconds(100), ReadSize = 1000 };
        path.Run(async () =>
        {
            await path.Start();
            await path.Sleep(20);
            Assert.InRange(path.Server.Counters.BuffersInUse, 0, 64 << 10);
        });
    }

    [Fact]
    public void The_window_scale_is_chosen_for_the_largest_window() => Script.Run(
        async script =>
        {
            // RFC 7323 §2.3: 65535 << 11 is the first that holds 128 MB.
            _ = script.Connect();
            var syn = await script.Host.NextSegmentAsync(Script.Patience);
            Assert.Equal((11, 65_535), (syn!.Options.WindowScale, syn.Window));
        },
        new TcpSettings { ReceiveBuffer = 128_000_000 });

    /// <summary>A client that writes for ever through a bottleneck, whose queue holds as much as the path.</summary>
    private sealed class Path
    {
        private readonly SimulatedLoop _loop = new(1);
        private readonly SimulatedPlatform _platform;
        private readonly TaskCompletionSource<TcpFlow> _accepted = new();
        private TcpFlow _flow;

        public Path(long rate, TimeSpan roundTrip, bool timestamps = true, TcpSettings? tcp = null, int mtu = 1500)
        {
            _platform = new SimulatedPlatform(_loop);
            var bridge = new VirtualSwitch(_loop, new VirtualSwitchOptions { QueueLength = 65_536 });
            var queue = Math.Max((long)(rate / 8.0 * roundTrip.TotalSeconds), 4 * Mebibyte);
            var link = new LinkOptions { Rate = rate, Delay = roundTrip / 2, QueueFrames = int.MaxValue, QueueBytes = queue };
            var limits = new StackLimits { MaxBuffered = 4L << 30 };
            Client = DirectStack<Device, SimulatedPlatform, Cubic>.Connect(
                new Device(bridge.Connect(mtu: mtu), _platform, link, link), _platform, Options(Simulation.ClientAddress));
            Server = DirectStack<VirtualNetwork, SimulatedPlatform, Cubic>.Connect(bridge.Connect(mtu: mtu), _platform, Options(Simulation.ServerAddress));

            DirectStackOptions Options(IpAddress address) => new() { Addresses = [new IpNetwork(address, 24)], Tcp = tcp ?? new TcpSettings { Timestamps = timestamps }, Limits = limits };
        }

        public DirectStack<Device, SimulatedPlatform, Cubic> Client { get; }

        public DirectStack<VirtualNetwork, SimulatedPlatform, Cubic> Server { get; }

        public bool Reads { get; init; } = true;

        public TimeSpan Pause { get; init; }

        public int ReadSize { get; init; } = 256 << 10;

        public long Read { get; private set; }

        public long ReceiveWindow
        {
            get
            {
                Assert.True(_flow.TryGet<TcpControl>(out var control));
                return control.GetStatistics().ThrowIfFailed().ReceiveWindow;
            }
        }

        public void Run(Func<Task> story) => _loop.Run(story);

        public Task Sleep(double seconds) => _platform.SleepAsync(TimeSpan.FromSeconds(seconds)).AsTask();

        public async Task Start()
        {
            Server.ListenTcp(7, async flow =>
            {
                _flow = (TcpFlow)flow;
                _accepted.SetResult(_flow);
                if (!Reads)
                {
                    await new TaskCompletionSource().Task;
                }

                var buffer = new byte[ReadSize];
                while ((await flow.ReadAsync(buffer)).ThrowIfFailed() is > 0 and var count)
                {
                    Read += count;
                    if (Pause > TimeSpan.Zero)
                    {
                        await _platform.SleepAsync(Pause);
                    }
                }
            }).ThrowIfFailed();
            var client = (await Client.ConnectTcpAsync(new IpEndpoint(Simulation.ServerAddress, 7))).ThrowIfFailed();
            _ = Write(client);
            await _accepted.Task;
        }

        private static async Task Write(TcpFlow flow)
        {
            var data = new byte[Mebibyte];
            while ((await flow.WriteAsync(data)).IsDone)
            {
                // On and on.
            }
        }
    }
}
