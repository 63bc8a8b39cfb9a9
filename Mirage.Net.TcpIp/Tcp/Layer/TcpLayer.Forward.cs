using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>Forwarding: what no listener takes is asked about, before the SYN is answered.</summary>
internal sealed partial class TcpLayer<TIp, TPlatform, TCongestion>
{
    private TcpForwarder? _forwarder;

    /// <summary>What tells peers that a destination cannot be reached; set by who composes the layers.</summary>
    public UnreachableSender? Unreachable { get; set; }

    public Result Forward<THandler>(THandler handler, TcpListenOptions? options)
        where THandler : struct, ITcpForwarder
    {
        _platform.CheckOnLoop();
        if (_forwarder is not null)
        {
            return new DeviceError(ErrorKind.InUse, "there is a forwarder already");
        }

        options ??= new TcpListenOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Backlog, 1, nameof(options.Backlog));
        _forwarder = new TcpForwarder<THandler>(options, handler);
        return Result.Done;
    }

    public Result Unforward()
    {
        _platform.CheckOnLoop();
        if (_forwarder is not { } forwarder)
        {
            return ErrorKind.NotFound;
        }

        _forwarder = null;
        CloseListener(forwarder);
        return Result.Done;
    }

    public override void Answer(HalfOpen half)
    {
        Now = _platform.Now;
        half.TakenAt = Now;
        HalfOpenTable.Decide(half);
        SendSynAnswer(half);
    }

    public override void Decline(HalfOpen half, bool answer)
    {
        if (answer)
        {
            SendBare(half, half.Answers > 0 ? half.Opening.Iss + 1 : default, TcpFlags.Rst | TcpFlags.Ack);
        }

        FailHalfOpen(half, answer ? ErrorKind.Refused : ErrorKind.TimedOut);
    }

    public override void Refuse(HalfOpen half, UnreachableReason reason)
    {
        if (Unreachable is not null)
        {
            var info = new IpPacketInfo { Source = half.Remote.Address, Destination = half.Local.Address, Protocol = IpProtocol.Tcp, DontFragment = true };
            Span<byte> packet = stackalloc byte[QuotedPacket.MaxHeaderSize + TcpSegment.HeaderSize];
            var headerLength = QuotedPacket.WriteHeader(packet, info, TcpSegment.HeaderSize);
            TcpSegment.WriteHeader(
                packet[headerLength..], half.Remote.Port, half.Local.Port, half.Opening.Irs, default, TcpFlags.Syn, half.Opening.Window, TcpSegment.HeaderSize);
            Unreachable(info, packet[..(headerLength + TcpSegment.HeaderSize)], reason);
        }

        FailHalfOpen(half, ErrorKind.Refused);
    }

    private void Ask(TcpForwarder forwarder, HalfOpen half)
    {
        half.Forwarding = new TcpForwarding(this, half);
        forwarder.Running++;
        Wheel.Set(half, Now + Settings.HandshakeLimit);
        EnqueueReady(new ForwardingStart(this, half.Forwarding, forwarder));
    }

    private async Task RunForwarder(TcpForwarding forwarding, TcpForwarder forwarder)
    {
        try
        {
            await forwarder.ForwardAsync(new TcpForwardRequest(forwarding)).ConfigureAwait(true);
            forwarding.Decline(answer: true);
            if (!forwarding.Flow.IsDefault)
            {
                _ = await forwarding.Flow.CloseAsync().ConfigureAwait(true);
            }
        }
        catch (Exception exception)
        {
            forwarding.Decline(answer: true);
            ReportFailure($"forwarder of {forwarding.Source} to {forwarding.Destination}", exception);
            if (!forwarding.Flow.IsDefault)
            {
                await forwarding.Flow.AbortAsync().ConfigureAwait(true);
            }
        }

        forwarder.Running--;
    }

    private sealed class ForwardingStart(TcpLayer<TIp, TPlatform, TCongestion> layer, TcpForwarding forwarding, TcpForwarder forwarder) : FlowOperation
    {
        public override void RunContinuation() => _ = layer.RunForwarder(forwarding, forwarder);
    }
}
