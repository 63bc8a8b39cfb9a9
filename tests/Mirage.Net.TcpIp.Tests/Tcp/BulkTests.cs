using System.Security.Cryptography;

namespace Mirage.Net.TcpIp.Tests.Tcp;

/// <summary>Data both ways at once over a bad link: it arrives once, whole and in order, it ends, and nothing is left behind.</summary>
public class BulkTests
{
    private const int Size = 256 << 10;

    public static TheoryData<string> Cases => [.. Links.Keys];

    private static readonly Dictionary<string, (Faults Faults, int Size)> Links = new()
    {
        ["clean"] = (new(), Size),
        ["full every other time"] = (new() { Full = 0.5 }, Size),
        ["loss of 1 %"] = (new() { Loss = 0.01 }, Size),
        ["loss of 10 %"] = (new() { Loss = 0.1 }, Size),
        ["reordering"] = (new() { Reordering = 0.1 }, Size),
        ["duplication"] = (new() { Duplication = 0.1 }, Size),
        ["corruption"] = (new() { Corruption = 0.02 }, Size),
        ["cut for a second"] = (new() { CutAfter = 1 << 20 }, 2 << 20),
        ["loss of 1 % without SACK"] = (new() { Loss = 0.01, PlainOptions = true }, Size),
        ["loss of 10 % without SACK"] = (new() { Loss = 0.1, PlainOptions = true }, Size),
        ["reordering without SACK"] = (new() { Reordering = 0.1, PlainOptions = true }, Size),
        ["everything without SACK"]
            = (new() { Loss = 0.03, Reordering = 0.05, Duplication = 0.03, Corruption = 0.01, Full = 0.1, CutAfter = 128 << 10, PlainOptions = true }, Size),
        ["everything"] = (new() { Loss = 0.03, Reordering = 0.05, Duplication = 0.03, Corruption = 0.01, Full = 0.1, CutAfter = 128 << 10 }, Size),
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void All_bytes_arrive_once_and_in_order(string link)
    {
        var (faults, size) = Links[link];
        for (ulong seed = 1; seed <= 20; seed++)
        {
            try
            {
                Transfer(seed, faults, size, new TcpSettings());
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"{link}, seed {seed}: {exception.Message}", exception);
            }
        }
    }

    [Theory]
    [InlineData(0x7fff_ff00u)]
    [InlineData(0xffff_ff00u)]
    public void Sequence_numbers_wrap_while_segments_are_lost(uint initial)
    {
        for (ulong seed = 1; seed <= 5; seed++)
        {
            Transfer(seed, Links["everything"].Faults, Size, new TcpSettings { InitialSequence = initial });
        }
    }

    [Fact]
    public void Small_buffers_are_enough()
    {
        for (ulong seed = 1; seed <= 5; seed++)
        {
            Transfer(seed, Links["loss of 1 %"].Faults, Size, new TcpSettings { SendBuffer = 5_000, ReceiveBuffer = 7_000 });
        }
    }

    private static void Transfer(ulong seed, Faults faults, int size, TcpSettings settings)
    {
        var simulation = new FaultySimulation(seed, faults, settings);
        var data = new byte[size];
        new Random((int)seed).NextBytes(data);
        simulation.Loop.Run(async () =>
        {
            var served = new TaskCompletionSource<byte[]>();
            simulation.Server.ListenTcp(7, new Both(data, served)).ThrowIfFailed();
            var options = new TcpConnectOptions { Timeout = TimeSpan.FromMinutes(10) };
            var flow = (await simulation.Client.ConnectTcpAsync(new IpEndpoint(Simulation.ServerAddress, 7), options)).ThrowIfFailed();
            var received = await Both.Exchange(flow, data);
            Assert.True(flow.TryGet<TcpControl>(out var control));
            Assert.Equal(!faults.PlainOptions, control.GetStatistics().ThrowIfFailed().SelectiveAcknowledgement);
            (await flow.CloseAsync()).ThrowIfFailed();
            AssertSame(data, received);
            AssertSame(data, await served.Task);

            // Twice the time in TIME-WAIT: over a bad link an end may be waited for.
            await simulation.Platform.SleepAsync(TimeSpan.FromMinutes(5));
            foreach (var counters in new[] { simulation.Client.Counters, simulation.Server.Counters })
            {
                Assert.Equal(0, counters.Tcp.Connections);
                Assert.Equal(0, counters.Tcp.TimeWait);
                Assert.Equal(0, counters.BuffersInUse);
                Assert.Equal(0, counters.Tcp.HandlerFailed);
            }
        });
        Assert.Empty(simulation.Reports);
    }

    private static void AssertSame(byte[] sent, byte[] received)
    {
        Assert.Equal(sent.Length, received.Length);
        Assert.Equal(SHA256.HashData(sent), SHA256.HashData(received));
    }

    private readonly struct Both(byte[] data, TaskCompletionSource<byte[]> received) : IFlowHandler
    {
        public async ValueTask HandleAsync<TFlow>(TFlow flow)
            where TFlow : struct, IFlow
            => received.SetResult(await Exchange(flow, data));

        public static async Task<byte[]> Exchange<TFlow>(TFlow flow, byte[] data)
            where TFlow : struct, IFlow
        {
            var writing = Write(flow, data);
            var all = await flow.ReadAllAsync();
            await writing;
            return all;
        }

        private static async Task Write<TFlow>(TFlow flow, byte[] data)
            where TFlow : struct, IFlow
        {
            (await flow.WriteAsync(data)).ThrowIfFailed();
            (await flow.ShutdownAsync(FlowDirection.Write)).ThrowIfFailed();
        }
    }
}
