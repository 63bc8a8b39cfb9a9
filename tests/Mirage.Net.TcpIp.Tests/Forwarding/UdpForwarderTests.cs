namespace Mirage.Net.TcpIp.Tests.Forwarding;

/// <summary>Datagrams to addresses that nobody has, as associations.</summary>
public class UdpForwarderTests
{
    private static readonly IpEndpoint There = new(new Ipv4Address(192, 0, 2, 7), 53);
    private static readonly IpEndpoint Elsewhere = new(new Ipv4Address(198, 51, 100, 9), 53);

    public static TheoryData<bool, string> Kinds => ForwardingNetwork.Kinds;

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_datagram_to_any_address_is_answered_from_there(bool overEthernet, string address) => ForwardingNetwork.Run(overEthernet, async network =>
    {
        var log = new Log();
        network.Gateway.ForwardUdp(new Forwarder(log) { Echo = true }).ThrowIfFailed();
        var host = new Host(network, address);
        foreach (var size in new[] { 0, 1, 700, 1400 })
        {
            var payload = Enumerable.Range(0, size).Select(i => (byte)(i * 7)).ToArray();
            host.Send(host.There, payload);
            await network.Sleep(1);
            Assert.Equal((host.Own, host.There), (host.Received[^1].Local, host.Received[^1].Remote));
            Assert.Equal(payload, host.Received[^1].Payload);
        }

        Assert.Equal((4, 1), (host.Received.Count, network.GatewayCounters.Udp.Associations));
        Assert.Equal(4, network.GatewayCounters.Udp.Forwarded);
    });

    [Theory]
    [InlineData("192.0.2.7")]
    public void Datagrams_that_IP_has_to_fragment_go_both_ways(string address) => ForwardingNetwork.Run(false, async network =>
    {
        var log = new Log();
        network.Gateway.ForwardUdp(new Forwarder(log) { Echo = true }).ThrowIfFailed();
        var host = new Host(network, address);
        foreach (var size in new[] { 1473, 5000, 65_507 })
        {
            var payload = Enumerable.Range(0, size).Select(i => (byte)(i * 7)).ToArray();
            host.Send(host.There, payload);
            await network.Sleep(1);
            Assert.Equal(payload, host.Received[^1].Payload);
        }
    });

    [Fact]
    public void Each_pair_of_endpoints_has_its_association_that_keeps_what_the_program_gives_it() => ForwardingNetwork.Run(false, async network =>
    {
        var log = new Log();
        network.Gateway.ForwardUdp(new Forwarder(log)).ThrowIfFailed();
        var (first, second) = (new Host(network), new Host(network));
        first.Send(There, [1]);
        first.Send(There, [2]);
        first.Send(Elsewhere, [3]);
        second.Send(There, [4]);
        first.Send(There, [5]);
        await network.Sleep(1);
        Assert.Equal(
            [(first.Own, There, 1, 1), (first.Own, There, 2, 1), (first.Own, Elsewhere, 3, 2), (second.Own, There, 4, 3), (first.Own, There, 5, 1)], log.Datagrams);
        Assert.Equal(3, network.GatewayCounters.Udp.AssociationsBegun);
    });

    [Fact]
    public void The_oldest_association_of_those_that_have_more_than_their_share_makes_room()
    {
        // What the order is, against a list that is searched from end to end.
        const int Share = 5, Most = 20;
        var table = new UdpPairingTable(Share);
        var expected = new List<UdpPairing>();
        var random = new Random(1);
        for (var step = 0; step < 20_000; step++)
        {
            var address = new Ipv4Address(10, 0, 0, (byte)(random.Next(4) == 0 ? random.Next(1, 100) : random.Next(1, 4)));
            if (expected.Count > 0 && random.Next(4) == 0)
            {
                var touched = expected[random.Next(expected.Count)];
                _ = expected.Remove(touched);
                expected.Add(touched);
                touched.UsedAt = new Instant(step);
                table.Touch(touched);
            }

            if (expected.Count == Most)
            {
                int Of(UdpPairing pairing) => expected.Count(other => other.Source.Address == pairing.Source.Address);
                var over = expected.Count(other => other.Source.Address == address) >= Share
                    ? expected.First(other => other.Source.Address == address)
                    : expected.FirstOrDefault(other => Of(other) > Share);
                Assert.Same(over, table.OldestOverShare(address));
                var displaced = over ?? table.Oldest!;
                Assert.True(over is not null || displaced == expected[0]);
                table.Remove(displaced);
                _ = expected.Remove(displaced);
            }

            var pairing = new UdpPairing(null!, new IpEndpoint(address, (ushort)step), There) { UsedAt = new Instant(step) };
            table.Add(pairing);
            expected.Add(pairing);
        }

        while (table.Oldest is { } oldest)
        {
            Assert.Same(expected[0], oldest);
            table.Remove(oldest);
            expected.RemoveAt(0);
        }

        Assert.Equal((0, 0), (expected.Count, table.Count));
    }

    [Fact]
    public void An_association_ends_when_it_was_silent_in_both_directions() => ForwardingNetwork.Run(false, async network =>
    {
        var log = new Log();
        network.Gateway.ForwardUdp(new Forwarder(log), new UdpForwardOptions { IdleTimeout = TimeSpan.FromSeconds(30) }).ThrowIfFailed();
        var host = new Host(network);
        host.Send(There, [1]);
        await network.Sleep(29);
        host.Send(There, [2]);
        await network.Sleep(29);

        // A reply counts as well.
        log.Associations[^1].Reply([3]).ThrowIfFailed();
        await network.Sleep(29);
        Assert.Empty(log.Ended);
        await network.Sleep(2);
        Assert.Equal([(host.Own, There, (object?)1)], log.Ended);
        Assert.Equal((0, 1L), (network.GatewayCounters.Udp.Associations, network.GatewayCounters.Udp.AssociationsExpired));

        var old = log.Associations[^1];
        Assert.Equal((false, null), (old.IsOpen, old.State));
        Assert.Equal(ErrorKind.Closed, old.Reply([4]).Error.Kind);
        old.Refuse(UnreachableReason.Port);
        old.End();
        _ = Assert.Single(log.Ended);

        // What comes then is another one.
        host.Send(There, [5]);
        await network.Sleep(1);
        Assert.Equal((host.Own, There, 5, 2), log.Datagrams[^1]);
        Assert.Equal([3], Assert.Single(host.Received).Payload);
    });

    [Fact]
    public void The_one_that_was_silent_for_longest_makes_room() => ForwardingNetwork.Run(
        false,
        async network =>
        {
            var log = new Log();
            network.Gateway.ForwardUdp(new Forwarder(log)).ThrowIfFailed();
            var hosts = Enumerable.Range(0, 4).Select(_ => new Host(network)).ToArray();
            foreach (var host in hosts.Take(3))
            {
                host.Send(There, [0]);
                await network.Sleep(1);
            }

            hosts[0].Send(There, [0]);
            hosts[3].Send(There, [0]);
            await network.Sleep(1);
            Assert.Equal(hosts[1].Own, Assert.Single(log.Ended).Source);
            Assert.Equal((3, 1L), (network.GatewayCounters.Udp.Associations, network.GatewayCounters.Udp.AssociationsDisplaced));
        },
        new DirectStackOptions { AcceptAnyAddress = true, Limits = new() { MaxUdpAssociations = 3 } });

    [Fact]
    public void One_source_does_not_push_out_what_others_have() => ForwardingNetwork.Run(
        false,
        async network =>
        {
            var log = new Log();
            network.Gateway.ForwardUdp(new Forwarder(log)).ThrowIfFailed();
            var host = new Host(network);
            network.Host.SendUdp(new(ForwardingNetwork.HostAddress6, 9), new(Ipv6Address.Parse("2001:db8::53"), 53), [0]).ThrowIfFailed();
            await network.Sleep(1);
            for (var i = 0; i < 1000; i++)
            {
                host.Send(new(new Ipv4Address((uint)(0x0b00_0000 + i)), 53), [0]);
                await network.Sleep(0.001);
            }

            var counters = network.GatewayCounters.Udp;
            Assert.Equal((40, 961L, 961L), (counters.Associations, counters.AssociationsDisplaced, counters.AssociationsOverShare));

            // A newcomer of another source finds room as well.
            network.Host.SendUdp(new(ForwardingNetwork.HostAddress6, 9), new(Ipv6Address.Parse("2001:db8::54"), 53), [0]).ThrowIfFailed();
            await network.Sleep(1);
            Assert.Equal((40, 962L), (network.GatewayCounters.Udp.Associations, network.GatewayCounters.Udp.AssociationsOverShare));
            Assert.All(log.Ended, ended => Assert.Equal(host.Own, ended.Source));
        },
        new DirectStackOptions { AcceptAnyAddress = true, Limits = new() { MaxUdpAssociations = 40 } });

    [Fact]
    public void However_many_endpoints_there_are_the_table_keeps_its_bound() => ForwardingNetwork.Run(
        false,
        async network =>
        {
            var log = new Log();
            network.Gateway.ForwardUdp(new Forwarder(log)).ThrowIfFailed();
            var host = new Host(network);
            for (var i = 0; i < 20_000; i++)
            {
                host.Send(new(new Ipv4Address((uint)(0x0b00_0000 + i)), 53), [0]);
                if (i % 500 == 0)
                {
                    await network.Sleep(0.001);
                }
            }

            await network.Sleep(0.001);
            var counters = network.GatewayCounters.Udp;
            Assert.Equal((100, 20_000L, 19_900L), (counters.Associations, counters.AssociationsBegun, counters.AssociationsDisplaced));
            Assert.Equal(19_900, log.Ended.Count);
        },
        new DirectStackOptions { AcceptAnyAddress = true, Limits = new() { MaxUdpAssociations = 100 } });

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_refusal_is_an_ICMP_error_that_quotes_the_datagram(bool overEthernet, string address) => ForwardingNetwork.Run(overEthernet, async network =>
    {
        var log = new Log();
        network.Gateway.ForwardUdp(new Forwarder(log)).ThrowIfFailed();
        var host = new Host(network, address);
        host.Send(host.There, [1, 2, 3]);
        await network.Sleep(1);
        log.Associations[0].Refuse(UnreachableReason.Port);
        await network.Sleep(1);
        Assert.Equal([(host.Own.Port, host.There, ErrorKind.Refused)], host.Failures);
        log.Associations[0].Refuse(UnreachableReason.Host);
        log.Associations[0].Refuse(UnreachableReason.Network);
        await network.Sleep(1);
        Assert.Equal([ErrorKind.Refused, ErrorKind.Unreachable, ErrorKind.Unreachable], host.Failures.Select(failure => failure.Error));

        // The association goes on.
        log.Associations[0].Reply([4]).ThrowIfFailed();
        await network.Sleep(1);
        Assert.Equal([4], Assert.Single(host.Received).Payload);
    });

    [Fact]
    public void Errors_about_what_was_sent_back_do_not_end_an_association() => ForwardingNetwork.Run(false, async network =>
    {
        // RFC 4787 (REQ-12).
        var log = new Log();
        network.Gateway.ForwardUdp(new Forwarder(log)).ThrowIfFailed();
        var host = new Host(network);
        host.Send(There, [1]);
        await network.Sleep(1);
        network.Host.UnlistenUdp(host.Own.Port).ThrowIfFailed();
        log.Associations[0].Reply([2]).ThrowIfFailed();
        await network.Sleep(1);
        Assert.Equal(1, network.GatewayCounters.Udp.ErrorsReceived);
        Assert.True(log.Associations[0].IsOpen);
    });

    [Fact]
    public void Listeners_come_first_and_there_is_one_forwarder() => ForwardingNetwork.Run(false, async network =>
    {
        var log = new Log();
        var heard = new List<(IpEndpoint Local, IpEndpoint Remote, byte[] Payload)>();
        network.Gateway.ForwardUdp(new Forwarder(log)).ThrowIfFailed();
        Assert.Equal(ErrorKind.InUse, network.Gateway.ForwardUdp(new Forwarder(log)).Error.Kind);
        network.Gateway.ListenUdp(53, new Handlers.Keep(heard)).ThrowIfFailed();
        var host = new Host(network);
        host.Send(There, [1]);
        host.Send(new(There.Address, 54), [2]);
        await network.Sleep(1);
        Assert.Equal((There, host.Own), (Assert.Single(heard).Local, heard[0].Remote));
        Assert.Equal(2, Assert.Single(log.Datagrams).First);

        network.Gateway.UnforwardUdp().ThrowIfFailed();
        _ = Assert.Single(log.Ended);
        Assert.Equal(ErrorKind.NotFound, network.Gateway.UnforwardUdp().Error.Kind);

        // Nobody listens any more, and the sender is told.
        host.Send(new(There.Address, 54), [3]);
        await network.Sleep(1);
        Assert.Equal(ErrorKind.Refused, Assert.Single(host.Failures).Error);
    });

    [Fact]
    public void A_forwarder_that_throws_is_reported_and_goes_on() => ForwardingNetwork.Run(false, async network =>
    {
        var log = new Log { IsBroken = true };
        network.Gateway.ForwardUdp(new Forwarder(log), new UdpForwardOptions { IdleTimeout = TimeSpan.FromSeconds(5) }).ThrowIfFailed();
        var host = new Host(network);
        host.Send(There, [1]);
        await network.Sleep(1);
        Assert.Equal(1, network.GatewayCounters.Udp.HandlerFailed);
        await network.Sleep(5);
        Assert.Equal((2L, 0), (network.GatewayCounters.Udp.HandlerFailed, network.GatewayCounters.Udp.Associations));
        log.IsBroken = false;
        host.Send(There, [2]);
        await network.Sleep(1);
        Assert.Equal(2, Assert.Single(log.Datagrams).First);
    });

    [Fact]
    public void Forwarding_may_be_ended_by_who_is_told_that_an_association_made_room() => ForwardingNetwork.Run(
        false,
        async network =>
        {
            var log = new Log();
            log.OnEnded = () => network.Gateway.UnforwardUdp().ThrowIfFailed();
            network.Gateway.ForwardUdp(new Forwarder(log)).ThrowIfFailed();
            var host = new Host(network);
            host.Send(There, [1]);
            host.Send(Elsewhere, [2]);
            await network.Sleep(1);
            Assert.Equal((1, 0), (log.Datagrams.Count, network.GatewayCounters.Udp.Associations));

            // The stack goes on.
            Assert.True((await network.Ping(There.Address)).IsDone);
        },
        new DirectStackOptions { AcceptAnyAddress = true, AnswerEchoToAny = true, Limits = new StackLimits { MaxUdpAssociations = 1 } });

    /// <summary>A port of the host inside.</summary>
    private sealed class Host
    {
        private readonly ForwardingNetwork _network;

        public Host(ForwardingNetwork network, string there = "192.0.2.7")
        {
            _network = network;
            There = new IpEndpoint(IpAddress.Parse(there), 53);
            var options = new UdpListenOptions { OnError = (local, remote, error) => Failures.Add((local.Port, remote, error.Kind)) };
            var listening = network.Host.ListenUdp(0, new Handlers.Keep(Received), options).ThrowIfFailed();
            Own = new IpEndpoint(ForwardingNetwork.HostAddressFor(There.Address), listening.Port);
        }

        public IpEndpoint Own { get; }

        public IpEndpoint There { get; }

        public List<(IpEndpoint Local, IpEndpoint Remote, byte[] Payload)> Received { get; } = [];

        public List<(ushort Port, IpEndpoint Remote, ErrorKind Error)> Failures { get; } = [];

        public void Send(IpEndpoint destination, ReadOnlySpan<byte> payload) => _network.Host.SendUdp(Own, destination, payload).ThrowIfFailed();
    }

    private sealed class Log
    {
        private int _next;

        public List<(IpEndpoint Source, IpEndpoint Destination, int First, int State)> Datagrams { get; } = [];

        public List<IUdpAssociation> Associations { get; } = [];

        public List<(IpEndpoint Source, IpEndpoint Destination, object? State)> Ended { get; } = [];

        public bool IsBroken { get; set; }

        public Action? OnEnded { get; set; }

        public void Check()
        {
            if (IsBroken)
            {
                throw new InvalidOperationException("on purpose");
            }
        }

        public int Next() => ++_next;
    }

    private readonly struct Forwarder(Log log) : IUdpForwarder
    {
        public bool Echo { get; init; }

        public void OnDatagram<TAssociation>(TAssociation association, ReadOnlySpan<byte> payload)
            where TAssociation : struct, IUdpAssociation
        {
            log.Check();
            association.State ??= log.Next();
            log.Associations.Add(association);
            log.Datagrams.Add((association.Source, association.Destination, payload.IsEmpty ? -1 : payload[0], (int)association.State));
            if (Echo)
            {
                association.Reply(payload).ThrowIfFailed();
            }
        }

        public void OnEnded(IpEndpoint source, IpEndpoint destination, object? state)
        {
            log.Check();
            log.Ended.Add((source, destination, state));
            log.OnEnded?.Invoke();
        }
    }
}
