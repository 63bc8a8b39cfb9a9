using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>Packets that this host sends to its own addresses.</summary>
internal sealed partial class Ipv6Layer<TLink, TPlatform>
{
    private readonly LoopbackQueue _loopback = new(buffers, limits);

    public int ReceiveLoopback<THandler>(int budget, THandler handler)
        where THandler : struct, IIpHandler
    {
        var count = 0;
        while (count < budget && _loopback.TryTake(out var waiting))
        {
            count++;
            _received++;
            if (Ipv6Packet.TryParse(waiting.Buffer.AsSpan(0, waiting.Length), out var parsed) == Ipv6ParseStatus.Valid)
            {
                InputHeaders(parsed, waiting.Info, isReassembled: false, handler);
            }

            _loopback.Release(waiting);
        }

        return count;
    }

    /// <summary>The device is gone: what waits for the next turn, or for the rest of a datagram, is dropped.</summary>
    public void End()
    {
        while (_loopback.TryTake(out var waiting))
        {
            _loopback.Release(waiting);
        }

        _reassembler.End();
    }
}
