using Mirage.Net.TcpIp.Tests.Tcp;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Network;

/// <summary>ICMP errors that arrive: whom they reach, and what is not believed (RFC 1122 §3.2.2, RFC 1191, RFC 5927).</summary>
public class IcmpErrorTests
{
    private static readonly IpEndpoint Remote = new(Script.PeerAddress, 9);

    [Theory]
    [InlineData(Icmpv4Type.DestinationUnreachable, 0, ErrorKind.Unreachable)]
    [InlineData(Icmpv4Type.DestinationUnreachable, 1, ErrorKind.Unreachable)]
    [InlineData(Icmpv4Type.DestinationUnreachable, 2, ErrorKind.Unreachable)]
    [InlineData(Icmpv4Type.DestinationUnreachable, 3, ErrorKind.Refused)]
    [InlineData(Icmpv4Type.DestinationUnreachable, 4, ErrorKind.TooLarge)]
    [InlineData(Icmpv4Type.DestinationUnreachable, 5, ErrorKind.Unreachable)]
    [InlineData(Icmpv4Type.DestinationUnreachable, 7, ErrorKind.Unreachable)]
    [InlineData(Icmpv4Type.DestinationUnreachable, 13, ErrorKind.NotPermitted)]
    [InlineData(Icmpv4Type.TimeExceeded, 0, ErrorKind.Unreachable)]
    [InlineData(Icmpv4Type.TimeExceeded, 1, ErrorKind.Unreachable)]
    [InlineData(Icmpv4Type.ParameterProblem, 0, ErrorKind.Unreachable)]
    public void RFC_1122_section_4_1_3_3_an_error_reaches_who_sends_from_the_port(Icmpv4Type type, byte code, ErrorKind kind) => Script.Run(async script =>
    {
        var errors = Listen(script, 7);
        script.Stack.SendUdp(new IpEndpoint(default, 7), Remote, "x"u8).ThrowIfFailed();
        script.SendError(await script.NextAsync(), type, code);
        await script.Sleep(1);
        var (local, remote, error) = Assert.Single(errors);
        Assert.Equal((new IpEndpoint(Script.StackAddress, 7), Remote, kind), (local, remote, error.Kind));
        Assert.NotNull(error.Detail);
        Assert.Equal((1L, 1L), (script.Stack.Counters.Icmp.ErrorsReceived, script.Stack.Counters.Udp.ErrorsReceived));
    });

    [Fact]
    public void RFC_5927_an_error_about_what_was_not_sent_is_refused() => Script.Run(async script =>
    {
        var errors = Listen(script, 7);
        script.Stack.SendUdp(new IpEndpoint(default, 7), Remote, "x"u8).ThrowIfFailed();
        var sent = await script.NextAsync();

        // Another host's packet; a later fragment; too little of it; an unknown code; nothing at all.
        script.SendError(Packets.Ip(new(10, 0, 0, 77), Script.PeerAddress, IpProtocol.Udp, sent.AsSpan(20)), Icmpv4Type.DestinationUnreachable, 3);
        script.SendError(Packets.Ip(Script.StackAddress, Script.PeerAddress, IpProtocol.Udp, sent.AsSpan(20), h => h with { FragmentOffset = 8 }), Icmpv4Type.DestinationUnreachable, 3);
        script.SendError(sent, Icmpv4Type.DestinationUnreachable, 3, quoted: 27);
        script.SendError(sent, Icmpv4Type.DestinationUnreachable, 99);
        script.SendError([], Icmpv4Type.DestinationUnreachable, 3);
        await script.Sleep(1);
        Assert.Equal((5L, 0L), (script.Stack.Counters.Icmp.ErrorsRefused, script.Stack.Counters.Icmp.ErrorsReceived));

        // From a port on which nobody listens.
        script.SendError(
            Packets.Ip(Script.StackAddress, Script.PeerAddress, IpProtocol.Udp, Packets.Udp(Script.StackAddress, 8, Script.PeerAddress, 9, "x"u8)), Icmpv4Type.DestinationUnreachable, 4, 1000);
        await script.Sleep(1);
        Assert.Equal((1L, 1480), (script.Stack.Counters.Udp.ErrorsRefused, script.Stack.MaxPayload(Script.PeerAddress)));
        Assert.Empty(errors);
    });

    [Theory]
    [InlineData(1400, 0, 1400)]
    [InlineData(1600, 0, 1500)]
    [InlineData(576, 0, 576)]

    // RFC 5927 §7: no less than the limit.
    [InlineData(68, 0, 552)]
    [InlineData(1, 0, 552)]

    // RFC 1191 §5: a router that does not say. The second counts the header twice.
    [InlineData(0, 1500, 1492)]
    [InlineData(0, 1520, 1492)]
    [InlineData(0, 1300, 1006)]
    public void RFC_1191_a_path_MTU_is_learnt_and_ages(int said, int quotedLength, int learnt) => Script.Run(async script =>
    {
        _ = Listen(script, 7);
        script.Stack.SendUdp(new IpEndpoint(default, 7), Remote, "x"u8).ThrowIfFailed();
        var sent = await script.NextAsync();
        (sent[2], sent[3]) = ((byte)(quotedLength >> 8), (byte)quotedLength);
        var revision = script.Stack.Ip.PathRevision;
        script.SendError(sent, Icmpv4Type.DestinationUnreachable, 4, (uint)said);
        await script.Sleep(1);
        Assert.Equal(learnt - 20, script.Stack.MaxPayload(Script.PeerAddress));
        Assert.Equal(1480, script.Stack.MaxPayload(new Ipv4Address(10, 0, 0, 77)));
        Assert.Equal(learnt < 1500, script.Stack.Ip.PathRevision != revision);
        await script.Sleep(600_000);
        Assert.Equal(1480, script.Stack.MaxPayload(Script.PeerAddress));
    });

    [Theory]
    [InlineData(Icmpv4Type.DestinationUnreachable, 1, ErrorKind.Unreachable)]
    [InlineData(Icmpv4Type.DestinationUnreachable, 13, ErrorKind.NotPermitted)]
    [InlineData(Icmpv4Type.TimeExceeded, 0, ErrorKind.Unreachable)]
    public void An_error_about_an_echo_request_ends_the_ping(Icmpv4Type type, byte code, ErrorKind kind) => Script.Run(async script =>
    {
        var pinging = script.Stack.Icmp.PingAsync(Script.PeerAddress, "hello"u8.ToArray(), TimeSpan.FromSeconds(2)).AsTask();
        var request = await script.NextAsync();
        var forged = request.ToArray();
        forged[27] ^= 1;
        script.SendError(forged, type, code);
        await script.Sleep(5);
        Assert.False(pinging.IsCompleted);
        script.SendError(request, type, code);
        var result = await pinging;
        Assert.Equal(kind, result.Error.Kind);
        Assert.Contains(Packets.Router.ToString(), result.Error.ToString(), StringComparison.Ordinal);
        Assert.Equal((1L, 1L), (script.Stack.Counters.Icmp.ErrorsRefused, script.Stack.Counters.Icmp.ErrorsReceived));
    });

    [Fact]
    public void RFC_6633_and_redirects_are_ignored() => Script.Run(async script =>
    {
        _ = Listen(script, 7);
        script.Stack.SendUdp(new IpEndpoint(default, 7), Remote, "x"u8).ThrowIfFailed();
        var sent = await script.NextAsync();
        script.SendError(sent, Icmpv4Type.SourceQuench, 0);
        script.SendError(sent, Icmpv4Type.Redirect, 1, Packets.Router.Value);
        script.Stack.SendUdp(new IpEndpoint(default, 7), Remote, "y"u8).ThrowIfFailed();
        Assert.Equal((byte)'y', (await script.NextAsync())[^1]);
        Assert.DoesNotContain(script.Host.Arps, x => x.Target == Packets.Router);
        Assert.Equal(2, script.Stack.Counters.Icmp.Ignored);
    });

    [Fact]
    public void RFC_1122_section_4_2_3_9_a_hard_error_ends_a_connect() => Script.Run(async script =>
    {
        var (peer, connecting) = script.Connect();
        var syn = await peer.Expect(TcpFlags.Syn, seq: 0);
        var quote = new byte[8];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(quote, syn.From);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(quote.AsSpan(2), syn.To);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(quote.AsSpan(4), syn.RawSequence + 1);
        script.SendError(Packets.Ip(Script.StackAddress, Script.PeerAddress, IpProtocol.Tcp, quote), Icmpv4Type.DestinationUnreachable, 3);
        await script.Sleep(1);
        Assert.Equal(1, script.Stack.Counters.Tcp.ErrorsRefused);
        Assert.False(connecting.IsCompleted);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(quote.AsSpan(4), syn.RawSequence);
        script.SendError(Packets.Ip(Script.StackAddress, Script.PeerAddress, IpProtocol.Tcp, quote), Icmpv4Type.DestinationUnreachable, 3);
        Assert.Equal(ErrorKind.Refused, (await connecting).Error.Kind);
    });

    private static List<(IpEndpoint Local, IpEndpoint Remote, DeviceError Error)> Listen(Script script, ushort port)
    {
        var errors = new List<(IpEndpoint, IpEndpoint, DeviceError)>();
        script.Stack.ListenUdp(port, (_, _, _) => { }, new UdpListenOptions { OnError = (local, remote, error) => errors.Add((local, remote, error)) }).ThrowIfFailed();
        return errors;
    }
}
