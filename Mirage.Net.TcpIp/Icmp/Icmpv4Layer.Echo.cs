namespace Mirage.Net.TcpIp;

/// <summary>Echo requests of this host's own.</summary>
internal sealed partial class Icmpv4Layer<TIp, TPlatform>
{
    private readonly Pings<TPlatform> _pings = new(platform, limits.MaxPings);

    public ValueTask<Result<TimeSpan>> PingAsync(IpAddress destination, ReadOnlyMemory<byte> payload, TimeSpan timeout, CancellationToken cancellation)
        => _pings.PingAsync(_ip, destination, payload, timeout, cancellation);

    /// <summary>An error about an echo request of ours: it quotes identifier and sequence number, which a stranger has to guess.</summary>
    private void InputEchoError(in IpError error, ReadOnlySpan<byte> quoted)
    {
        if (!_pings.TryFail(error, quoted))
        {
            _counters = _counters with { ErrorsRefused = _counters.ErrorsRefused + 1 };
            return;
        }

        _counters = _counters with { ErrorsReceived = _counters.ErrorsReceived + 1 };
        if (error.Kind == IpErrorKind.PacketTooBig)
        {
            _ip.ReportPathMtu(error.Remote, error.Mtu);
        }
    }
}
