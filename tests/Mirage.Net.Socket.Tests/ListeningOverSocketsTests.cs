using System.Net.Sockets;
using System.Net;
using Mirage.Testing;

namespace Mirage.Net.Socket.Tests;

/// <summary>Listening and connecting where the host has a say.</summary>
public sealed class ListeningOverSocketsTests : SocketStackTest
{
    [Fact]
    public void A_port_that_another_program_has_is_in_use()
    {
        using var other = RawPeer.Listen();
        var port = RawPeer.EndpointOf(other).Port;

        var refused = Make().ListenTcp(port, new Serving(static _ => default));

        Assert.Equal(ErrorKind.InUse, refused.Error.Kind);
        Assert.Contains($"tcp port {port}", refused.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_address_that_is_not_of_this_host_is_invalid()
    {
        var refused = Make().ListenTcp(0, new Serving(static _ => default), new() { Address = IpAddress.Parse("192.0.2.1") });

        Assert.Equal(ErrorKind.Invalid, refused.Error.Kind);
        Assert.Contains("192.0.2.1", refused.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_port_that_is_not_permitted_is_explained()
    {
        var error = HostErrors.OfBind("tcp", new(IpAddress.None, 80), SocketError.AccessDenied);

        Assert.Equal(ErrorKind.NotPermitted, error.Kind);
        Assert.True(error.TryGetDetail<TextDetail>(out var detail));
        Assert.Contains("tcp port 80", detail.Text, StringComparison.Ordinal);
        Assert.Contains("cap_net_bind_service", detail.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SocketError.NetworkUnreachable, ErrorKind.Unreachable)]
    [InlineData(SocketError.HostUnreachable, ErrorKind.Unreachable)]
    [InlineData(SocketError.TimedOut, ErrorKind.TimedOut)]
    [InlineData(SocketError.ConnectionRefused, ErrorKind.Refused)]
    [InlineData(SocketError.ConnectionReset, ErrorKind.Reset)]
    [InlineData(SocketError.AddressAlreadyInUse, ErrorKind.InUse)]
    [InlineData(SocketError.AddressNotAvailable, ErrorKind.InUse)]
    [InlineData(SocketError.AccessDenied, ErrorKind.NotPermitted)]
    [InlineData(SocketError.TooManyOpenSockets, ErrorKind.Full)]
    public void What_the_host_says_of_connecting_has_a_kind_and_names_the_destination(SocketError said, ErrorKind kind)
    {
        var error = HostErrors.OfConnect(IpEndpoint.Parse("192.0.2.1:80"), said);

        Assert.Equal(kind, error.Kind);
        Assert.Contains("192.0.2.1:80", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_nobody_takes_times_out_or_can_be_cancelled()
    {
        var stack = Make();
        using var listener = RawPeer.Listen(backlog: 1);
        var remote = RawPeer.EndpointOf(listener);
        var brief = new TcpConnectOptions { Timeout = TimeSpan.FromMilliseconds(300) };
        Result<SocketFlow> connected;
        var count = 0;

        // Those that fit the backlog are connected; the first beyond it gets no answer.
        while ((connected = await stack.ConnectTcpAsync(remote, brief)).IsDone)
        {
            Assert.InRange(++count, 1, 100);
        }

        Assert.Equal(ErrorKind.TimedOut, connected.Error.Kind);
        Assert.Contains($"{remote}", connected.Error.ToString(), StringComparison.Ordinal);

        using var cancellation = new CancellationTokenSource();
        var connecting = stack.ConnectTcpAsync(remote, cancellation: cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);

        connecting = stack.ConnectTcpAsync(remote).AsTask();
        await stack.DisconnectAsync();
        Assert.Equal(ErrorKind.Disconnected, (await connecting).Error.Kind);
    }

    [Fact]
    public async Task A_backlog_below_1_is_invalid_and_1_is_enough()
    {
        var stack = Make();
        Assert.Equal(ErrorKind.Invalid, stack.ListenTcp(0, new Serving(static _ => default), new() { Backlog = 0 }).Error.Kind);
        var local = stack.ListenTcp(0, new Serving(static _ => default), new() { Backlog = 1, Address = Ipv4Address.Loopback }).ThrowIfFailed();

        (await Make().ConnectTcpAsync(local)).ThrowIfFailed();
        Assert.Equal(Ipv4Address.Loopback, local.Address);
    }

    [Fact]
    public async Task Families_that_a_stack_does_not_speak_are_refused_in_words()
    {
        var stack = Make(new() { Family = SocketFamily.V4 });
        var remote = new IpEndpoint(Ipv6Address.Loopback, 80);

        Assert.Equal(ErrorKind.Unreachable, (await stack.ConnectTcpAsync(remote)).Error.Kind);
        Assert.Equal(ErrorKind.Unreachable, stack.SendUdp(IpEndpoint.None, remote, "?"u8).Error.Kind);
        Assert.Equal(ErrorKind.Unreachable, stack.SelectSource(remote.Address).Error.Kind);
        Assert.Equal(ErrorKind.Invalid, stack.ListenTcp(0, new Serving(static _ => default), new() { Address = Ipv6Address.Loopback }).Error.Kind);
        Assert.DoesNotContain(stack.Addresses, network => network.Address.IsV6);
    }

    [Fact]
    public async Task Connections_beyond_the_limit_are_reset_and_counted()
    {
        var served = new Mailbox<IFlow>();
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var server = Make(new() { MaxConnections = 2 });
        var local = server.ListenTcp(0, new Serving(async flow =>
        {
            served.Post(flow);
            await release.Task;
        }), new() { Address = Ipv4Address.Loopback }).ThrowIfFailed();
        var client = Make();
        _ = (await client.ConnectTcpAsync(local)).ThrowIfFailed();
        _ = (await client.ConnectTcpAsync(local)).ThrowIfFailed();
        _ = await served.NextAsync();
        _ = await served.NextAsync();

        var third = await client.ConnectTcpAsync(local);

        // The reset may come before the connection is made or after it.
        var error = third.TryGet(out var flow) ? (await flow.ReadAsync(new byte[1])).Error : third.Error;
        Assert.Equal(ErrorKind.Reset, error.Kind);
        Assert.Equal(1, server.Counters.Rejected);
        Assert.Equal(2, server.Counters.Accepted);
        Assert.Equal(2, server.Counters.Connections);
        release.SetResult();
    }

    [Theory]
    [InlineData("Max processes  7  7 processes\nMax open files            1024                 4096                 files     \n", 960)]
    [InlineData("Max open files            100                  100                 files\n", 75)]
    [InlineData("Max open files            unlimited            unlimited           files\n", -1)]
    [InlineData("", -1)]
    public void The_last_descriptors_are_left_to_the_runtime(string limits, int first)
        => Assert.Equal(first < 0 ? nint.MaxValue : first, Descriptors.FirstReserved(limits));

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => SocketStack.Connect(new() { MaxConnections = 0 }));
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => SocketStack.Connect(new() { Linger = TimeSpan.FromSeconds(-1) }));
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => SocketStack.Connect(new() { Family = (SocketFamily)9 }));
    }

    [Fact]
    public async Task A_datagram_tells_which_address_it_was_sent_to()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux has all of 127.0.0.0/8 without further ado");
        var locals = new Mailbox<IpEndpoint>();
        var port = Make().ListenUdp(0, new Receiving((local, _, _) => locals.Post(local))).ThrowIfFailed().Port;
        using var sender = new HostSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);

        _ = sender.SendTo(new byte[1], new IPEndPoint(IPAddress.Parse("127.0.0.3"), port));

        Assert.Equal(IpEndpoint.Parse($"127.0.0.3:{port}"), await locals.NextAsync());
    }

    [Fact]
    public async Task A_datagram_handler_that_throws_is_reported_and_the_next_datagram_is_handled()
    {
        var failures = new Mailbox<(string Source, Exception Failure)>();
        var handled = new Mailbox<int>();
        var stack = Make(new() { HandlerFailed = (source, failure) => failures.Post((source, failure)) });
        var local = stack.ListenUdp(
            0,
            new Receiving((_, _, payload) =>
            {
                ArgumentOutOfRangeException.ThrowIfZero(payload.Length);
                handled.Post(payload.Length);
            }),
            new() { Address = Ipv4Address.Loopback }).ThrowIfFailed();

        stack.SendUdp(IpEndpoint.None, local, default).ThrowIfFailed();
        stack.SendUdp(IpEndpoint.None, local, "ok"u8).ThrowIfFailed();

        var (source, failure) = await failures.NextAsync();
        Assert.Equal($"udp {local}", source);
        _ = Assert.IsType<ArgumentOutOfRangeException>(failure);
        Assert.Equal(2, await handled.NextAsync());
        Assert.Equal(1, stack.Counters.HandlerFailures);
        Assert.Equal(2, stack.Counters.DatagramsReceived);
        Assert.Equal(2, stack.Counters.DatagramsSent);
    }

    [Fact]
    public async Task Sending_from_many_ports_keeps_few_sockets()
    {
        var remotes = new Mailbox<IpEndpoint>();
        var stack = Make();
        var local = stack.ListenUdp(0, new Receiving((_, remote, _) => remotes.Post(remote)), new() { Address = Ipv4Address.Loopback }).ThrowIfFailed();
        var ports = new HashSet<ushort>();
        for (var i = 0; i < 100; i++)
        {
            var port = stack.ListenUdp(0, new Receiving(static (_, _, _) => { })).ThrowIfFailed().Port;
            stack.UnlistenUdp(port).ThrowIfFailed();
            stack.SendUdp(new(IpAddress.None, port), local, "x"u8).ThrowIfFailed();
            Assert.Equal(port, (await remotes.NextAsync()).Port);
            _ = ports.Add(port);
        }

        // All but the last 32 have been given back.
        var free = 0;
        foreach (var port in ports)
        {
            using var other = new HostSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            try
            {
                other.Bind(new IPEndPoint(IPAddress.Any, port));
                free++;
            }
            catch (SocketException)
            {
            }
        }

        Assert.InRange(ports.Count - free, 1, 40);
    }
}
