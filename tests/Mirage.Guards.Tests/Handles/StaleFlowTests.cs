using System.Buffers;
using System.Buffers.Binary;
using System.Reflection;
using Mirage.Net.TcpIp;
using Mirage.Net.TcpIp.Tests;

namespace Mirage.Guards.Tests.Handles;

/// <summary>
/// A handle outlives its connection, whose object then serves others. Whatever is done with such a handle says "closed" and touches nobody: not the connection
/// that has the object now.
/// </summary>
public class StaleFlowTests
{
    private const int Connections = 100_000;
    private const int Round = 1000;
    private const int Held = 1000;
    private const int Open = 8;
    private const ushort Port = 7;
    private const int TokenSize = 16;

    private static readonly FieldInfo _connection = typeof(TcpFlow).GetField("_connection", BindingFlags.Instance | BindingFlags.NonPublic)!;

    private readonly Network _network = new(tcp: new TcpSettings { TimeWait = TimeSpan.FromSeconds(1) });
    private readonly List<IFlow> _stale = [];
    private readonly HashSet<object> _staleConnections = new(ReferenceEqualityComparer.Instance);
    private readonly byte[] _buffer = new byte[TokenSize];
    private int _reused;

    [Fact]
    public void A_handle_never_reaches_another_s_connection()
        => _network.Run(async () =>
        {
            _network.Server.ListenTcp(Port, new Handler(this)).ThrowIfFailed();
            for (var count = 0; count < Connections; count += Round)
            {
                // Others that are open meanwhile, each with a read that waits.
                var open = new List<(TcpFlow Flow, byte[] Received, Task Reading)>();
                for (var i = 0; i < Open; i++)
                {
                    var flow = await _network.ConnectAsync(Port);
                    _reused += _staleConnections.Contains(_connection.GetValue(flow)!) ? 1 : 0;
                    var received = new byte[TokenSize];
                    open.Add((flow, received, flow.ReadExactlyAsync(received)));
                }

                for (var i = count; i < count + Round; i++)
                {
                    await ConnectOnceAsync(i);
                }

                await CheckStaleAsync();
                foreach (var (flow, received, reading) in open)
                {
                    var sent = Token(Connections + count, Ending.Client);
                    (await flow.WriteAsync(sent)).ThrowIfFailed();
                    await reading;
                    Assert.Equal(sent, received);
                    (await flow.CloseAsync()).ThrowIfFailed();

                    // The next round's will have these objects, since those that came back last are used first.
                    Hold(flow);
                }

                // Ports and objects come back when TIME-WAIT is over.
                await _network.Platform.SleepAsync(TimeSpan.FromSeconds(1.5));
            }

            Assert.Equal((2 * Held) + (Open * Connections / Round), _stale.Count);
            Assert.True(_reused > Open, "no object was used again, so that nothing was tested");
            Assert.Equal(0, _network.Server.Counters.Tcp.HandlerFailed);
            Assert.Equal(0, _network.Server.Counters.BuffersInUse + _network.Client.Counters.BuffersInUse);
        });

    private async Task ConnectOnceAsync(int number)
    {
        var ending = (Ending)(number % 3);
        var flow = await _network.ConnectAsync(Port);
        var sent = Token(number, ending);
        (await flow.WriteAsync(sent)).ThrowIfFailed();
        await flow.ReadExactlyAsync(_buffer);
        Assert.True(sent.AsSpan().SequenceEqual(_buffer), $"connection {number} got another's bytes");
        switch (ending)
        {
            case Ending.Server:
                Assert.True((await flow.ReadAsync(_buffer)).IsEnd);
                (await flow.CloseAsync()).ThrowIfFailed();
                break;
            case Ending.Reset:
                await flow.AbortAsync();
                break;
            default:
                (await flow.CloseAsync()).ThrowIfFailed();
                break;
        }

        if (number < Held)
        {
            Hold(flow);
        }
    }

    private void Hold(IFlow flow)
    {
        _stale.Add(flow);
        _ = _staleConnections.Add(_connection.GetValue(flow)!);
    }

    private async Task CheckStaleAsync()
    {
        // One that was reset by its peer says so until its handler has returned; here all have.
        foreach (var flow in _stale)
        {
            Assert.False(flow.IsDefault);
            Assert.Equal(default, flow.Local);
            Assert.Equal(default, flow.Remote);
            AssertClosed((await flow.ReadAsync(_buffer)).Error);
            AssertClosed((await flow.WriteAsync(_buffer)).Error);
            AssertClosed((await flow.WriteAsync(new ReadOnlySequence<byte>(_buffer))).Error);
            if (flow.TryGet<TcpControl>(out var control))
            {
                AssertClosed(control.SetNoDelay(true).Error);
                AssertClosed(control.SetKeepAlive(new KeepAlive(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), 1)).Error);
                AssertClosed(control.GetStatistics().Error);
            }

            // What is over already is done at once.
            Assert.True((await flow.ShutdownAsync(FlowDirection.Both)).IsDone);
            Assert.True((await flow.CloseAsync()).IsDone);
            await flow.AbortAsync();
        }
    }

    private static void AssertClosed(DeviceError error) => Assert.True(error.Kind == ErrorKind.Closed, $"a stale handle says: {error}");

    private static byte[] Token(int number, Ending ending)
    {
        var token = new byte[TokenSize];
        BinaryPrimitives.WriteInt32BigEndian(token, number);
        new Random(number).NextBytes(token.AsSpan(sizeof(int)));
        token[^1] = (byte)ending;
        return token;
    }

    private enum Ending : byte
    {
        Client,
        Server,
        Reset,
    }

    private readonly struct Handler(StaleFlowTests test) : IFlowHandler
    {
        public async ValueTask HandleAsync<TFlow>(TFlow flow)
            where TFlow : struct, IFlow
        {
            Memory<byte> token = new byte[TokenSize];
            await flow.ReadExactlyAsync(token);
            var number = BinaryPrimitives.ReadInt32BigEndian(token.Span);
            (await flow.WriteAsync(token)).ThrowIfFailed();
            if (token.Span[^1] != (byte)Ending.Server)
            {
                _ = await flow.ReadAsync(token);
            }

            if (number < Held)
            {
                _ = await flow.CloseAsync();
                test.Hold(flow);
            }
        }
    }
}
