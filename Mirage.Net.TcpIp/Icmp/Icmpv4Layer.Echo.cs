using System.Buffers.Binary;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>Echo requests of this host's own.</summary>
internal sealed partial class Icmpv4Layer<TIp, TPlatform>
{
    private readonly Pings<TPlatform> _pings = new(platform, limits.MaxPings);

    public async ValueTask<Result<TimeSpan>> PingAsync(IpAddress destination, ReadOnlyMemory<byte> payload, TimeSpan timeout, CancellationToken cancellation)
    {
        _platform.CheckOnLoop();
        var source = _ip.SelectSource(destination);
        if (!source.IsDone)
        {
            return source.Error;
        }

        if (_pings.Begin(destination, payload, out var rest) is not { } ping)
        {
            return ErrorKind.Full;
        }

        var sent = SendEcho(source.Value, destination, payload.Span, rest);
        if (!sent.IsDone)
        {
            _pings.Forget(rest);
            return sent.Error;
        }

        return await _pings.WaitAsync(ping, rest, timeout, cancellation).ConfigureAwait(true);
    }

    /// <summary>An error about an echo request of ours: it quotes identifier and sequence number, which a stranger has to guess.</summary>
    private void InputEchoError(in IpError error, ReadOnlySpan<byte> quoted)
    {
        if ((Icmpv4Type)quoted[0] != Icmpv4Type.EchoRequest || !_pings.TryFail(error.Remote, BinaryPrimitives.ReadUInt32BigEndian(quoted[4..]), error.ToDeviceError()))
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

    private Result SendEcho(IpAddress source, IpAddress destination, ReadOnlySpan<byte> payload, uint rest)
    {
        var info = new IpPacketInfo { Source = source, Destination = destination, Protocol = IpProtocol.Icmp };
        var status = _ip.Rent(info, Icmpv4Message.HeaderSize + payload.Length, out var message);
        if (status != LendStatus.Lent)
        {
            return status.ToError();
        }

        payload.CopyTo(message[Icmpv4Message.HeaderSize..]);
        Icmpv4Message.Write(message, Icmpv4Type.EchoRequest, 0, rest);
        return _ip.Send(default).ToResult();
    }
}
