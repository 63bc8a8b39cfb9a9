using Link = Mirage.Net.Virtual.Impaired<Mirage.Net.Virtual.VirtualNetwork, Mirage.Net.Virtual.SimulatedPlatform>;
using OffloadingLink = Mirage.Net.Virtual.Offloading<Mirage.Net.Virtual.Impaired<Mirage.Net.Virtual.VirtualNetwork, Mirage.Net.Virtual.SimulatedPlatform>>;
using OffloadingPort = Mirage.Net.Virtual.Offloading<Mirage.Scenarios.Tests.Middlebox<Mirage.Net.Virtual.VirtualNetwork>>;
using Port = Mirage.Scenarios.Tests.Middlebox<Mirage.Net.Virtual.VirtualNetwork>;

namespace Mirage.Scenarios.Tests;

/// <summary>
/// Everything that a connection may meet, chosen from the seed: both families, offload at either end, links with any of their faults, black holes, marks, tiny buffers and windows, settings at their extremes, writers that
/// cork and pause, readers that are slow. Whatever comes together, every byte arrives once and in order, nothing stands still for long, and nothing is left.
/// </summary>
public class CombinationTests
{
    private const ushort ServerPort = 7;

    [Fact]
    public void Whatever_comes_together_all_bytes_arrive_without_a_stall() => Seeds.ForEach(seed =>
    {
        var plan = new Plan(new Random((int)seed));
        try
        {
            plan.Run(seed);
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"seed {seed}: {plan}", exception);
        }
    }, Seeds.FewCount);

    private sealed class Plan
    {
        // Bad luck: thirty segments in a row, a minute between them, are not lost.
        private static readonly TimeSpan LongestStall = TimeSpan.FromMinutes(30);

        private readonly Random _random;
        private readonly LinkOptions _there;
        private readonly LinkOptions _back;
        private readonly LinkOptions _later;
        private readonly TcpSettings _client;
        private readonly TcpSettings _server;
        private readonly IpFamily _family;
        private readonly bool _plainOptions;
        private readonly int _device;
        private readonly int _clientMtu;
        private readonly int _serverMtu;
        private readonly long _size;
        private readonly Habits _clientHabits;
        private readonly Habits _serverHabits;
        private Instant _progress;
        private long _received;

        public Plan(Random random)
        {
            _random = random;
            _family = random.Next(2) == 0 ? IpFamily.Ipv4 : IpFamily.Ipv6;
            _plainOptions = random.Next(4) == 0;
            _device = random.Next(4);
            var least = _family == IpFamily.Ipv4 ? 576 : 1280;
            _clientMtu = Choose(1500, 1500, 9000, least, 1280, 65_000);
            _serverMtu = Choose(1500, 1500, 9000, least, 1280, 65_000);
            _there = AnyLink();
            _back = AnyLink();
            _later = _there with { Mtu = Choose(0, 0, 1400, 1300, 1280) };
            _client = AnySettings();
            _server = AnySettings();
            _size = Choose(1, 1000, 30_000, 30_000, 100_000, 300_000);
            _clientHabits = AnyHabits();
            _serverHabits = AnyHabits();
        }

        public override string ToString()
            => $"{_family} plain {_plainOptions} device {_device} MTU {_clientMtu} {_serverMtu} size {_size}\n there {_there}\n back {_back}\n later {_later.Mtu}\n client {_client} {_clientHabits}\n server {_server} {_serverHabits}";

        public void Run(ulong seed)
        {
            switch (_device)
            {
                case 0:
                    Run<Link, Port, Cubic>(seed, link => link, port => port);
                    break;
                case 1:
                    Run<OffloadingLink, Port, Cubic>(seed, link => new(link), port => port);
                    break;
                case 2:
                    Run<Link, OffloadingPort, NewReno>(seed, link => link, port => new(port));
                    break;
                default:
                    Run<OffloadingLink, OffloadingPort, NewReno>(seed, link => new(link), port => new(port));
                    break;
            }
        }

        private void Run<TClient, TServer, TCongestion>(ulong seed, Func<Link, TClient> wrapClient, Func<Port, TServer> wrapServer)
            where TClient : struct, INetwork
            where TServer : struct, INetwork
            where TCongestion : struct, ICongestionControl
            => Simulation.Run(seed, async platform =>
            {
                var network = new VirtualSwitch(platform.Loop, new VirtualSwitchOptions { QueueLength = 8192 });
                Seeds.Capture(network);
                var (from, to) = _family == IpFamily.Ipv4
                    ? (IpAddress.Parse("10.0.0.1"), IpAddress.Parse("10.0.0.2"))
                    : (IpAddress.Parse("fd00::1"), IpAddress.Parse("fd00::2"));
                var link = new Link(network.Connect(_clientMtu), platform, _there, _back);
                var client = DirectStack<TClient, SimulatedPlatform, TCongestion>.Connect(wrapClient(link), platform, StackOptions(from, _client));
                var server = DirectStack<TServer, SimulatedPlatform, TCongestion>.Connect(wrapServer(new(network.Connect(_serverMtu), _plainOptions)), platform, StackOptions(to, _server));
                await platform.SleepAsync(TimeSpan.FromSeconds(3));
                var served = new TaskCompletionSource();
                _ = server.ListenTcp(ServerPort, new Exchange(this, platform, served)).ThrowIfFailed();
                var flow = (await client.ConnectTcpAsync(new IpEndpoint(to, ServerPort), new TcpConnectOptions { Timeout = TimeSpan.FromMinutes(50) })).ThrowIfFailed();
                link.Outbound = _later;
                _progress = platform.Now;
                var exchange = ExchangeAsync(flow, platform, Pattern.Request, Pattern.Response, _clientHabits);
                while (!exchange.IsFaulted && !served.Task.IsFaulted && !(exchange.IsCompleted && served.Task.IsCompleted))
                {
                    await platform.SleepAsync(TimeSpan.FromSeconds(10));
                    if (platform.Now - _progress >= LongestStall)
                    {
                        var connections = new List<TcpConnectionInfo>();
                        client.GetTcpConnections(connections);
                        server.GetTcpConnections(connections);
                        Assert.Fail($"{_received} received, and nothing since {_progress}: {string.Join(Environment.NewLine, connections)}");
                    }
                }

                await exchange;
                await served.Task;
                _ = await flow.CloseAsync();
                await platform.SleepAsync(TimeSpan.FromHours(3));
                foreach (var left in new[] { client.Counters, server.Counters })
                {
                    Assert.Equal((0, 0, 0L, 0L), (left.Tcp.Connections, left.Tcp.TimeWait, left.BuffersInUse, left.Tcp.HandlerFailed));
                }
            });

        private DirectStackOptions StackOptions(IpAddress address, TcpSettings settings) => new()
        {
            Addresses = [new IpNetwork(address, _family == IpFamily.Ipv4 ? 24 : 64)],
            UseIpv6 = _family == IpFamily.Ipv6,
            Tcp = settings,
            Arp = new ArpOptions { MaxRequests = 50 },
            Ndp = new NdpSettings { MaxMulticastSolicitations = 50, MaxUnicastSolicitations = 50 },
        };

        private async Task ExchangeAsync<TFlow>(TFlow flow, SimulatedPlatform platform, Pattern send, Pattern expect, Habits habits)
            where TFlow : struct, IFlow
        {
            var sending = SendAsync(flow, platform, send, habits);
            await ExpectAsync(flow, platform, expect, habits);
            await sending;
        }

        private async Task SendAsync<TFlow>(TFlow flow, SimulatedPlatform platform, Pattern pattern, Habits habits)
            where TFlow : struct, IFlow
        {
            Assert.True(flow.TryGet<TcpControl>(out var control));
            control.SetNoDelay(habits.NoDelay).ThrowIfFailed();
            var writes = 0;
            for (long sent = 0; sent < _size;)
            {
                if (habits.Corks)
                {
                    _ = control.SetCork(writes % 3 != 0);
                }

                var piece = pattern.At(sent, Math.Min(_size - sent, habits.Write));
                (await flow.WriteAsync(piece)).ThrowIfFailed();
                sent += piece.Length;
                if (++writes % habits.PauseEvery == 0)
                {
                    await platform.SleepAsync(habits.Pause);
                }
            }

            (await flow.ShutdownAsync(FlowDirection.Write)).ThrowIfFailed();
        }

        private async Task ExpectAsync<TFlow>(TFlow flow, SimulatedPlatform platform, Pattern pattern, Habits habits)
            where TFlow : struct, IFlow
        {
            var buffer = new byte[habits.Read];
            long received = 0;
            var reads = 0;
            while ((await flow.ReadAsync(buffer)).ThrowIfFailed() is > 0 and var count)
            {
                Assert.True(pattern.Matches(received, buffer.AsSpan(0, count)), $"of the {count} bytes at {received} some are wrong");
                received += count;
                _received += count;
                _progress = platform.Now;
                if (++reads % habits.PauseEvery == 0)
                {
                    await platform.SleepAsync(habits.Pause);
                }
            }

            Assert.Equal(_size, received);
        }

        private LinkOptions AnyLink() => new()
        {
            Rate = Choose(0, 0, 1_000_000_000, 10_000_000, 500_000),
            QueueFrames = Choose(1000, 100, 10, 4),
            MarkAt = Choose(long.MaxValue, long.MaxValue, 10_000, 0),
            Delay = TimeSpan.FromMilliseconds(Choose(0, 1, 10, 10, 150, 700)),
            Jitter = TimeSpan.FromMilliseconds(Choose(0, 0, 1, 30)),
            Loss = Choose(0, 0, 0, 0.01, 0.1),
            BurstLoss = Choose(default, default, default, new BurstLoss(0.005, 0.25)),
            Duplication = Choose(0, 0, 0, 0.1),
            Reordering = Choose(0, 0, 0, 0.05),
            Corruption = Choose(0, 0, 0, 0.02),
            TrailingBytes = _clientMtu == _serverMtu ? Choose(0, 0, 9) : 0,
            Refusal = Choose(0, 0, 0, 0.3),
        };

        private TcpSettings AnySettings() => new()
        {
            SendBuffer = Choose(4 << 20, 4 << 20, 100_000, 5000, 600, 1),
            InitialSendBuffer = Choose(128 << 10, 1000, 1),
            ReceiveBuffer = Choose(6 << 20, 6 << 20, 100_000, 5000, 600, 100),
            InitialReceiveBuffer = Choose(64 << 10, 1000, 1),
            Timestamps = _random.Next(3) != 0,
            Ecn = Choose(EcnUse.Always, EcnUse.Accept, EcnUse.Never),
            MinimumRetransmissionTimeout = TimeSpan.FromMilliseconds(Choose(200, 200, 1, 1000)),
            BlackHoleTime = TimeSpan.FromSeconds(Choose(600, 20, 1)),
            AcknowledgementDelay = TimeSpan.FromMilliseconds(Choose(40, 0, 500)),
            RetransmissionLimit = TimeSpan.FromHours(2),
            HandshakeLimit = TimeSpan.FromHours(1),
            InitialSequence = Choose((uint?)null, null, 0x7fff_ff00u, 0xffff_ff00u),
        };

        private Habits AnyHabits() => new(
            Write: Choose(65_536, 65_536, 1460, 1448, 5000, 300),
            Read: Choose(65_536, 65_536, 1000, 300),
            PauseEvery: Choose(1_000_000, 10, 100, 50),
            Pause: TimeSpan.FromMilliseconds(Choose(1, 10, 300, 1000)),
            Corks: _random.Next(4) == 0,
            NoDelay: _random.Next(2) == 0);

        private T Choose<T>(params ReadOnlySpan<T> values) => values[_random.Next(values.Length)];

        private sealed record Habits(int Write, int Read, int PauseEvery, TimeSpan Pause, bool Corks, bool NoDelay);

        private readonly struct Exchange(Plan plan, SimulatedPlatform platform, TaskCompletionSource served) : IFlowHandler
        {
            public async ValueTask HandleAsync<TFlow>(TFlow flow)
                where TFlow : struct, IFlow
            {
                try
                {
                    await plan.ExchangeAsync(flow, platform, Pattern.Response, Pattern.Request, plan._serverHabits);
                    served.SetResult();
                }
                catch (Exception exception)
                {
                    served.SetException(exception);
                }
            }
        }
    }
}
