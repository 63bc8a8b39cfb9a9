using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>Forwarding: what no listener takes goes to a forwarder, as associations that end when they are silent.</summary>
internal sealed partial class UdpLayer<TIp, TPlatform> : IUdpPairings
{
    /// <summary>A source that has more than a fourth of all associations makes room first.</summary>
    private const int Shares = 4;

    private readonly UdpPairingTable _pairings = new(Math.Max(1, limits.MaxUdpAssociations / Shares));
    private UdpForwarder? _forwarder;
    private long _forwarded;

    /// <summary>What tells senders that a datagram was not delivered; set by who composes the layers.</summary>
    public UnreachableSender? Unreachable { get; set; }

    public Result Forward<TForwarder>(TForwarder forwarder, UdpForwardOptions? options)
        where TForwarder : struct, IUdpForwarder
    {
        _platform.CheckOnLoop();
        if (_forwarder is not null)
        {
            return new DeviceError(ErrorKind.InUse, "there is a forwarder of datagrams already");
        }

        var idleTimeout = (options ?? new UdpForwardOptions()).IdleTimeout;
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(idleTimeout, TimeSpan.Zero, nameof(options.IdleTimeout));
        _forwarder = new UdpForwarder<TForwarder>(idleTimeout, forwarder);
        return Result.Done;
    }

    public Result Unforward()
    {
        _platform.CheckOnLoop();
        if (_forwarder is null)
        {
            return ErrorKind.NotFound;
        }

        while (_pairings.Oldest is { } pairing)
        {
            End(pairing);
        }

        _forwarder = null;
        return Result.Done;
    }

    /// <summary>Ends the associations that have been silent for too long.</summary>
    /// <returns>When the next one is due.</returns>
    public Instant RunTimers(Instant now)
    {
        // What is told of an end may end the forwarding.
        while (_pairings.Oldest is { } oldest && _forwarder is { } forwarder)
        {
            var due = oldest.UsedAt + forwarder.IdleTimeout;
            if (due > now)
            {
                return due;
            }

            _counters = _counters with { AssociationsExpired = _counters.AssociationsExpired + 1 };
            End(oldest);
        }

        return Instant.Never;
    }

    public Result Reply(UdpPairing pairing, ReadOnlySpan<byte> payload)
    {
        _platform.CheckOnLoop();
        if (!pairing.IsOpen)
        {
            return ErrorKind.Closed;
        }

        Touch(pairing);
        var info = new IpPacketInfo { Source = pairing.Destination.Address, Destination = pairing.Source.Address, Protocol = IpProtocol.Udp };
        return Write(info, pairing.Destination.Port, pairing.Source.Port, payload);
    }

    public void Refuse(UdpPairing pairing, UnreachableReason reason)
    {
        _platform.CheckOnLoop();
        if (!pairing.IsOpen || Unreachable is null)
        {
            return;
        }

        var info = new IpPacketInfo { Source = pairing.Source.Address, Destination = pairing.Destination.Address, Protocol = IpProtocol.Udp };
        Span<byte> packet = stackalloc byte[QuotedPacket.MaxHeaderSize + UdpDatagram.HeaderSize];
        var headerLength = QuotedPacket.WriteHeader(packet, info, pairing.LastLength);
        UdpDatagram.WriteHeader(packet[headerLength..], pairing.Source.Port, pairing.Destination.Port, (ushort)pairing.LastLength, 0);
        Unreachable(info, packet[..(headerLength + UdpDatagram.HeaderSize)], reason);
    }

    public void End(UdpPairing pairing)
    {
        _platform.CheckOnLoop();
        if (!pairing.IsOpen)
        {
            return;
        }

        pairing.IsOpen = false;
        _pairings.Remove(pairing);
        var state = pairing.State;
        pairing.State = null;
        try
        {
            _forwarder!.Ended(pairing.Source, pairing.Destination, state);
        }
        catch (Exception exception)
        {
            CountFailure(pairing, exception);
        }
    }

    /// <summary>Takes a datagram that no listener takes.</summary>
    /// <returns>Whether there is a forwarder for it.</returns>
    private bool InputForwarded(in IpPacketInfo info, in UdpDatagram datagram)
    {
        // What goes to a group or to everyone has no one destination that could be reached in its place.
        if (_forwarder is null || info.IsBroadcast || info.Destination.IsMulticast)
        {
            return false;
        }

        var source = new IpEndpoint(info.Source, datagram.SourcePort);
        var destination = new IpEndpoint(info.Destination, datagram.DestinationPort);
        if ((_pairings.Find(source, destination) ?? Associate(source, destination)) is not { } pairing)
        {
            return false;
        }

        Touch(pairing);
        pairing.LastLength = datagram.Length;
        _forwarded++;
        try
        {
            _forwarder.Deliver(new UdpAssociation(pairing), datagram.Payload);
        }
        catch (Exception exception)
        {
            CountFailure(pairing, exception);
        }

        return true;
    }

    private UdpPairing? Associate(in IpEndpoint source, in IpEndpoint destination)
    {
        if (_pairings.Count >= limits.MaxUdpAssociations)
        {
            // Room is made by whoever has more than a share: by the newcomer itself, if it is one of those.
            var over = _pairings.OldestOverShare(source.Address);
            var displaced = over ?? _pairings.Oldest!;
            _counters = _counters with
            {
                AssociationsDisplaced = _counters.AssociationsDisplaced + 1,
                AssociationsOverShare = _counters.AssociationsOverShare + (over is not null ? 1 : 0),
            };
            End(displaced);
            if (_forwarder is null)
            {
                // Who was told of the end has ended the forwarding.
                return null;
            }
        }

        var pairing = new UdpPairing(this, source, destination);
        _pairings.Add(pairing);
        _counters = _counters with { AssociationsBegun = _counters.AssociationsBegun + 1 };
        return pairing;
    }

    private void Touch(UdpPairing pairing)
    {
        pairing.UsedAt = _platform.Now;
        _pairings.Touch(pairing);
    }

    private void CountFailure(UdpPairing pairing, Exception exception)
    {
        _counters = _counters with { HandlerFailed = _counters.HandlerFailed + 1 };
        _platform.Report($"forwarder of {pairing.Source} to {pairing.Destination}", exception);
    }
}
