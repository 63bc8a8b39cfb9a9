using Mirage.Net.TcpIp.Tests.Network;
using Mirage.Net.TcpIp.Tests.Network6;
using Mirage.Net.TcpIp.Tests.Tcp;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Support;

/// <summary>Bounds of <see cref="StackLimits"/> that are reached from outside or by the program: what happens there, exactly, and what counts it. Others have their tests where their layers do.</summary>
public class LimitTests
{
    private static readonly Ipv6Address Peer6 = Script6.PeerAddress;

    [Fact]
    public void Buffers_are_kept_up_to_their_bound()
    {
        var pool = new BufferPool(4096);
        var buffers = Enumerable.Range(0, 10).Select(_ => pool.Rent(1000)).ToArray();
        Assert.Equal((10 * 1024L, 0L), (pool.Lent, pool.Retained));
        Array.ForEach(buffers, pool.Return);
        Assert.Equal((0L, 4096L), (pool.Lent, pool.Retained));
        _ = pool.Rent(1024);
        Assert.Equal((1024L, 3072L), (pool.Lent, pool.Retained));
    }

    [Fact]
    public void A_stack_keeps_as_many_bytes_of_buffers_as_its_limits_say() => Script.Run(
        async script =>
        {
            // A datagram to itself needs a buffer for a turn.
            script.Stack.SendUdp(default, new IpEndpoint(Script.StackAddress, 9), new byte[60_000]).ThrowIfFailed();
            Assert.Equal(65_536, script.Stack.Counters.BuffersInUse);
            await script.Sleep(1);
            Assert.Equal(0, script.Stack.Counters.BuffersInUse);
        },
        limits: new StackLimits { RetainedBuffers = 0 });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Packets_to_this_host_itself_are_bounded_in_number(bool isV6) => Run(
        isV6,
        async (stack, sleep) =>
        {
            var received = 0;
            IpAddress own = isV6 ? Script6.StackAddress : Script.StackAddress;
            stack.ListenUdp(9, (_, _, _) => received++).ThrowIfFailed();
            var results = Enumerable.Range(0, 10).Select(_ => stack.SendUdp(default, new IpEndpoint(own, 9), "x"u8).Error.Kind).ToArray();
            Assert.Equal([.. Enumerable.Repeat(ErrorKind.None, 4), .. Enumerable.Repeat(ErrorKind.Full, 6)], results);
            await sleep(1);
            Assert.Equal((4, 6L), (received, stack.Counters.Ipv4.LoopbackDropped + stack.Counters.Ipv6.LoopbackDropped));
        },
        new StackLimits { MaxLoopbackPackets = 4 });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Pings_that_wait_are_bounded(bool isV6) => Run(
        isV6,
        async (stack, sleep) =>
        {
            IpAddress peer = isV6 ? Peer6 : Script.PeerAddress;
            var pings = Enumerable.Range(0, 6).Select(_ => stack.Icmp.PingAsync(peer, default, TimeSpan.FromSeconds(1)).AsTask()).ToArray();
            Assert.Equal([false, false, false, false, true, true], pings.Select(ping => ping.IsCompleted));
            Assert.Equal(ErrorKind.Full, (await pings[4]).Error.Kind);
            Assert.Equal(ErrorKind.TimedOut, (await pings[3]).Error.Kind);
            await sleep(1);

            // There is room again.
            Assert.Equal(ErrorKind.TimedOut, (await stack.Icmp.PingAsync(peer, default, TimeSpan.FromSeconds(1))).Error.Kind);
        },
        new StackLimits { MaxPings = 4 });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Path_MTUs_are_bounded_and_the_oldest_makes_room(bool isV6) => Run(
        isV6,
        (stack, _) =>
        {
            for (byte i = 0; i < 10; i++)
            {
                stack.Ip.ReportPathMtu(Far(isV6, i), 1300);
            }

            Assert.Equal(6, stack.Counters.Ipv4.PathMtusEvicted + stack.Counters.Ipv6.PathMtusEvicted);
            Assert.Equal(10, stack.Counters.Ipv4.PathMtusLearnt + stack.Counters.Ipv6.PathMtusLearnt);
            Assert.Equal(4, Enumerable.Range(0, 10).Count(i => stack.MaxPayload(Far(isV6, (byte)i)) < 1400));
            return Task.CompletedTask;
        },
        new StackLimits { MaxPathMtus = 4 });

    [Fact]
    public void The_least_path_MTU_that_is_believed_is_an_option() => Script.Run(
        script =>
        {
            script.Stack.Ip.ReportPathMtu(Script.PeerAddress, 100);
            Assert.Equal(1000 - 20, script.Stack.MaxPayload(Script.PeerAddress));
            return Task.CompletedTask;
        },
        limits: new StackLimits { MinPathMtu = 1000 });

    [Fact]
    public void ICMP_errors_have_a_rate_and_a_burst() => Script.Run(
        async script =>
        {
            // Each counts as none, one or two, at random: one on average.
            for (var i = 0; i < 1000; i++)
            {
                script.SendUdp(5000, 9, "x"u8);
            }

            await script.Sleep(1);
            Assert.InRange(script.Stack.Counters.Icmp.ErrorsSent, 5, 40);
            var before = script.Stack.Counters.Icmp.ErrorsSent;
            for (var i = 0; i < 1000; i++)
            {
                await script.Sleep(20);
                script.SendUdp(5000, 9, "x"u8);
            }

            await script.Sleep(1);

            // Twenty seconds of ten.
            Assert.InRange(script.Stack.Counters.Icmp.ErrorsSent - before, 150, 250);
        },
        limits: new StackLimits { IcmpErrorsPerSecond = 10, IcmpErrorBurst = 20 });

    [Fact]
    public void Resets_have_a_rate_and_a_tenth_of_it_at_once() => Script.Run(
        async script =>
        {
            for (var i = 0; i < 1000; i++)
            {
                script.NewPeer(81, (ushort)(1024 + i)).Send(TcpFlags.Syn, 0);
            }

            await script.Sleep(1);
            var sent = script.Stack.Counters.Tcp.ResetsSent;
            Assert.InRange(sent, 10, 40);
            Assert.Equal(1000, sent + script.Stack.Counters.Tcp.ResetsLimited);
            await script.Sleep(1000);
            script.NewPeer(81, 1024).Send(TcpFlags.Syn, 0);
            await script.Sleep(1);
            Assert.Equal(sent + 1, script.Stack.Counters.Tcp.ResetsSent);
        },
        limits: new StackLimits { ResetsPerSecond = 200 });

    private static IpAddress Far(bool isV6, byte number) => isV6 ? new Ipv6Address(Peer6.Value + number) : new Ipv4Address(10, 0, 0, (byte)(100 + number));

    private static void Run(
        bool isV6,
        Func<DirectStack<Mirage.Net.Virtual.VirtualNetwork, Mirage.Net.Virtual.SimulatedPlatform, Cubic>, Func<double, Task>, Task> story,
        StackLimits limits)
    {
        if (isV6)
        {
            Script6.Run(script => story(script.Stack, script.Sleep), Script6.Options with { Limits = limits });
        }
        else
        {
            Script.Run(script => story(script.Stack, script.Sleep), limits: limits);
        }
    }
}
