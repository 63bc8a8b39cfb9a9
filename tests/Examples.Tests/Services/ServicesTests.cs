using System.Text;
using Mirage.Examples.Tests.Fakes;
using Services;

namespace Mirage.Examples.Tests;

public sealed class ServicesTests : IDisposable
{
    private static readonly ServicePorts Ports = new(1000);

    private readonly MemoryConsole _console = MemoryConsole.Create();
    private readonly MemoryStack _stack = new();
    private readonly ManualPlatform _platform = new();
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    private CancellationToken Cancellation => _stop.Token;

    public void Dispose() => _stop.Dispose();

    [Fact]
    public async Task The_console_tells_what_listens_where_and_the_program_ends_when_told_to()
    {
        var running = Start();
        Assert.Contains("echo on TCP 127.0.0.1:1007 and UDP 127.0.0.1:1007\n", _console.WrittenText, StringComparison.Ordinal);
        Assert.Contains("chargen on TCP 127.0.0.1:1019 and UDP 127.0.0.1:1019\n", _console.WrittenText, StringComparison.Ordinal);
        await _stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task Every_service_asks_silent_clients_whether_they_are_still_there()
    {
        var running = Start();
        Assert.Equal(new ushort[] { 1007, 1009, 1013, 1019 }, _stack.Listens.Keys.Order());
        Assert.All(_stack.Listens.Values, static options => Assert.NotNull(options.KeepAlive));
        await _stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task A_port_in_use_ends_the_program()
    {
        _stack.Refusals.Add(1009, ErrorKind.InUse);
        var failure = await Assert.ThrowsAsync<DeviceException>(Start);
        Assert.Equal(ErrorKind.InUse, failure.Error.Kind);
    }

    [Fact]
    public async Task Echo_sends_back_what_comes_and_ends_when_the_peer_does()
    {
        _ = Start();
        var (flow, served) = _stack.Connect(1007);
        await flow.WriteTextAsync("hello", Cancellation);
        Assert.Equal("hello"u8.ToArray(), await flow.ReadExactlyAsync(5, Cancellation));
        await flow.WriteTextAsync("again", Cancellation);
        _ = await flow.ShutdownAsync(FlowDirection.Write, Cancellation);
        Assert.Equal("again"u8.ToArray(), await flow.ReadToEndAsync(Cancellation));
        await served;
    }

    [Fact]
    public async Task A_reset_ends_echo_without_an_exception()
    {
        _ = Start();
        var (flow, served) = _stack.Connect(1007);
        await flow.AbortAsync();
        await served;
    }

    [Fact]
    public async Task Discard_takes_all_and_sends_nothing()
    {
        _ = Start();
        var (flow, served) = _stack.Connect(1009);
        for (var i = 0; i < 100; i++)
        {
            await flow.WriteTextAsync("nothing comes back", Cancellation);
        }

        _ = await flow.ShutdownAsync(FlowDirection.Write, Cancellation);
        Assert.Empty(await flow.ReadToEndAsync(Cancellation));
        await served;
    }

    [Fact]
    public async Task Chargen_sends_the_pattern_until_the_peer_is_gone_whatever_comes()
    {
        _ = Start();
        var (flow, served) = _stack.Connect(1019);
        await flow.WriteTextAsync("ignored", Cancellation);
        ChargenText.Check(await flow.ReadExactlyAsync(300_000, Cancellation));
        await flow.AbortAsync();
        await served;
    }

    [Fact]
    public async Task Daytime_sends_the_date_and_closes()
    {
        _ = Start();
        var (flow, served) = _stack.Connect(1013);
        Assert.Equal("Sunday, November 22, 2026 08:30:15-UTC\r\n", Encoding.ASCII.GetString(await flow.ReadToEndAsync(Cancellation)));
        await served;
    }

    [Fact]
    public void Each_datagram_is_answered_from_where_it_came_to()
    {
        _ = Start();
        _stack.Receive(MemoryStack.Client, 1007, "ping"u8);
        _stack.Receive(MemoryStack.Client, 1013, "time?"u8);
        Assert.Equal([(ushort)1007, (ushort)1013], _stack.Sent.Select(static sent => sent.Local.Port));
        Assert.All(_stack.Sent, static sent => Assert.Equal(MemoryStack.Client, sent.Remote));
        Assert.Equal("ping"u8.ToArray(), _stack.Sent[0].Payload);
        Assert.Equal("Sunday, November 22, 2026 08:30:15-UTC\r\n", Encoding.ASCII.GetString(_stack.Sent[1].Payload));
    }

    [Theory]
    [InlineData(0u, 0)]
    [InlineData(512u, 512)]
    [InlineData(513u, 0)]
    [InlineData(uint.MaxValue, 480)]
    public void A_datagram_to_chargen_is_answered_with_at_most_512_characters(uint random, int length)
    {
        _ = Start();
        _platform.Random = random;
        _stack.Receive(MemoryStack.Client, 1019, default);
        ChargenText.Check(Assert.Single(_stack.Sent).Payload);
        Assert.Equal(length, _stack.Sent[0].Payload.Length);
    }

    [Fact]
    public void A_datagram_to_discard_is_not_answered()
    {
        _ = Start();
        _stack.Receive(MemoryStack.Client, 1009, "gone"u8);
        Assert.Empty(_stack.Sent);
    }

    [Theory]
    [InlineData(7)]
    [InlineData(13)]
    [InlineData(17)]
    [InlineData(19)]
    [InlineData(1007)]
    [InlineData(1013)]
    [InlineData(1019)]
    public void A_datagram_from_a_port_of_such_a_service_is_not_answered(int from)
    {
        _ = Start();
        foreach (var port in new ushort[] { Ports.Echo, Ports.Daytime, Ports.Chargen })
        {
            _stack.Receive(new(MemoryStack.Client.Address, (ushort)from), port, "loop"u8);
        }

        Assert.Empty(_stack.Sent);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("65517")]
    [InlineData("x")]
    [InlineData("")]
    public void An_offset_that_would_leave_the_range_of_ports_is_refused(string offset)
        => Assert.Throws<FormatException>(() => ServicePorts.Parse(offset, null));

    [Fact]
    public void The_largest_offset_puts_the_last_service_on_the_last_port() => Assert.Equal(ushort.MaxValue, ServicePorts.Parse("65516", null).Chargen);

    private Task Start()
        => new Services<MemoryConsole, MemoryStack, ManualPlatform>(_console, _stack, _platform, Ports, Ipv4Address.Loopback).StartAsync(Cancellation);
}
