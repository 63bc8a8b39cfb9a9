using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Services;

namespace Mirage.Examples.Tests;

/// <summary>What the services do whichever stack they run on.</summary>
public abstract class ServicesBehaviour(IRunningServices services)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private ServicePorts Ports => services.Ports;

    [Fact]
    public async Task Echo_returns_ten_megabytes_as_they_were()
    {
        var sent = new byte[10_000_000];
        new Random(7).NextBytes(sent);
        await using var stream = await ConnectAsync(Ports.Echo);
        var sending = SendAsync(stream, sent);
        var received = new MemoryStream();
        await stream.CopyToAsync(received, Cancellation);
        await sending;
        Assert.True(received.ToArray().AsSpan().SequenceEqual(sent));
    }

    [Fact]
    public async Task Many_echo_connections_do_not_disturb_each_other()
        => await Task.WhenAll(Enumerable.Range(0, 50).Select(async i =>
        {
            var sent = Encoding.ASCII.GetBytes(new string((char)('0' + i), 1000 + i));
            await using var stream = await ConnectAsync(Ports.Echo);
            await SendAsync(stream, sent);
            var received = new MemoryStream();
            await stream.CopyToAsync(received, Cancellation);
            Assert.Equal(sent, received.ToArray());
        }));

    [Fact]
    public async Task Discard_takes_a_megabyte_and_returns_nothing()
    {
        await using var stream = await ConnectAsync(Ports.Discard);
        await SendAsync(stream, new byte[1_000_000]);
        Assert.Equal(0, await stream.ReadAsync(new byte[1], Cancellation));
    }

    [Fact]
    public async Task Chargen_sends_the_pattern()
    {
        await using var stream = await ConnectAsync(Ports.Chargen);
        var received = new byte[1_000_000];
        await stream.ReadExactlyAsync(received, Cancellation);
        ChargenText.Check(received);
    }

    [Fact]
    public async Task Daytime_sends_the_date_and_ends()
    {
        await using var stream = await ConnectAsync(Ports.Daytime);
        var received = new MemoryStream();
        await stream.CopyToAsync(received, Cancellation);
        CheckDate(received.ToArray());
    }

    [Fact]
    public async Task Echo_returns_a_datagram() => Assert.Equal("datagram"u8.ToArray(), await AskAsync(Ports.Echo, "datagram"u8.ToArray()));

    [Fact]
    public async Task Daytime_answers_a_datagram() => CheckDate(await AskAsync(Ports.Daytime, []));

    [Fact]
    public async Task Chargen_answers_a_datagram_with_at_most_512_characters()
    {
        var answer = await AskAsync(Ports.Chargen, "x"u8.ToArray());
        Assert.InRange(answer.Length, 0, 512);
        ChargenText.Check(answer);
    }

    [Fact]
    public async Task Discard_takes_a_datagram_and_is_still_there()
    {
        using var socket = services.CreateSocket(SocketType.Dgram, ProtocolType.Udp);
        _ = await socket.SendToAsync("x"u8.ToArray(), new IPEndPoint(services.Address, Ports.Discard), Cancellation);
        Assert.Equal("still"u8.ToArray(), await AskAsync(Ports.Echo, "still"u8.ToArray()));
        Assert.Equal(0, socket.Available);
    }

    private static void CheckDate(byte[] bytes)
        => Assert.True(DateTime.TryParseExact(
            Encoding.ASCII.GetString(bytes), "dddd, MMMM d, yyyy HH:mm:ss'-UTC\r\n'", CultureInfo.InvariantCulture, DateTimeStyles.None, out _));

    private static async Task SendAsync(NetworkStream stream, byte[] bytes)
    {
        await stream.WriteAsync(bytes, Cancellation);
        stream.Socket.Shutdown(SocketShutdown.Send);
    }

    private async Task<NetworkStream> ConnectAsync(ushort port)
    {
        var socket = services.CreateSocket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(services.Address, port, Cancellation);
        return new(socket, ownsSocket: true);
    }

    private async Task<byte[]> AskAsync(ushort port, byte[] question)
    {
        using var socket = services.CreateSocket(SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(services.Address, port, Cancellation);
        _ = await socket.SendAsync(question, Cancellation);
        var buffer = new byte[2048];
        return buffer[..await socket.ReceiveAsync(buffer, Cancellation)];
    }
}
