using Mirage.Net.Virtual;

namespace Mirage.Net.TcpIp.Tests.Support;

/// <summary>The extremes of <see cref="TcpSettings"/>: what is not refused works.</summary>
public class SettingsTests
{
    private static readonly Dictionary<string, TcpSettings> Extremes = new()
    {
        ["the largest buffers"] = new() { SendBuffer = int.MaxValue, ReceiveBuffer = 1 << 30 },
        ["the largest buffers at first"] = new() { SendBuffer = int.MaxValue, ReceiveBuffer = 1 << 30, InitialSendBuffer = int.MaxValue, InitialReceiveBuffer = int.MaxValue },
        ["more at first than at the most"] = new() { SendBuffer = 2000, ReceiveBuffer = 2000, InitialSendBuffer = int.MaxValue, InitialReceiveBuffer = int.MaxValue },
        ["one byte"] = new() { SendBuffer = 1, ReceiveBuffer = 1, InitialSendBuffer = 1, InitialReceiveBuffer = 1 },
        ["the longest times"] = new()
        {
            MaximumRetransmissionTimeout = TimeSpan.MaxValue,
            RetransmissionLimit = TimeSpan.MaxValue,
            HandshakeLimit = TimeSpan.MaxValue,
            BlackHoleTime = TimeSpan.MaxValue,
            TimeWait = TimeSpan.MaxValue,
            FinWait2 = TimeSpan.MaxValue,
        },
        ["the longest first time-out"] = new() { InitialRetransmissionTimeout = TimeSpan.MaxValue, MaximumRetransmissionTimeout = TimeSpan.MaxValue },
        ["the longest least time-out"] = new() { MinimumRetransmissionTimeout = TimeSpan.MaxValue, MaximumRetransmissionTimeout = TimeSpan.MaxValue },
        ["the shortest times"] = new()
        {
            MinimumRetransmissionTimeout = TimeSpan.FromTicks(1),
            InitialRetransmissionTimeout = TimeSpan.FromTicks(1),
            BlackHoleTime = TimeSpan.Zero,
            AcknowledgementDelay = TimeSpan.Zero,
            TimeWait = TimeSpan.Zero,
            FinWait2 = TimeSpan.Zero,
        },
        ["acknowledgements never by time"] = new() { AcknowledgementDelay = TimeSpan.MaxValue },
    };

    public static TheoryData<string> Names => [.. Extremes.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Extreme_settings_work(string name)
    {
        const int Size = 100_000;
        var simulation = new Simulation(tcp: Extremes[name]);
        simulation.Run(async () =>
        {
            _ = simulation.Server.ListenTcp(7, new EchoHandler()).ThrowIfFailed();
            var flow = await simulation.ConnectAsync(7);
            var text = Enumerable.Range(0, Size).Select(i => (byte)(i * 7)).ToArray();
            var writing = flow.WriteAsync(text);
            var read = new byte[Size];
            for (var count = 0; count < Size;)
            {
                count += (await flow.ReadAsync(read.AsMemory(count))).ThrowIfFailed();
            }

            (await writing).ThrowIfFailed();
            Assert.Equal(text, read);
            (await flow.CloseAsync()).ThrowIfFailed();
            await simulation.Sleep(10);
            await simulation.Client.DisconnectAsync();
            await simulation.Server.DisconnectAsync();
            Assert.Equal((0L, 0L), (simulation.Client.Counters.BuffersInUse, simulation.Server.Counters.BuffersInUse));
        });
    }
}
