using System.Buffers.Binary;
using Mirage;
using Mirage.Net.Tap;

namespace TapProbe;

/// <summary>Just enough of a host behind a TUN interface to be pinged, at any address: ICMP echo of both versions (RFC 792, RFC 4443), answered by turning the packet
/// around. What has the experimental protocol number 253 (RFC 3692) is turned around too.</summary>
internal sealed class PacketAnswerer(TunDevice tun) : IPollable
{
    public const byte Experimental = 253;

    private bool _gone;

    public PollResult Poll(Instant now, int budget)
    {
        var count = tun.Receive(budget, new Handler(tun));
        if (!_gone && !tun.Failure.IsNone)
        {
            _gone = true;
            Console.WriteLine("disconnected");
        }

        return new PollResult(count > 0, Instant.Never);
    }

    private readonly struct Handler(TunDevice tun) : IFrameHandler
    {
        public void OnFrame(ReadOnlySpan<byte> frame, in FrameInfo info)
        {
            var isV4 = frame[0] >> 4 == 4;
            var (protocol, headerLength, addresses, size) = isV4 ? (frame[9], 20, 12, 4) : (frame[6], 40, 8, 16);
            var isEcho = isV4 ? protocol == 1 && frame[headerLength] == 8 : protocol == 58 && frame[headerLength] == 128;
            if ((!isEcho && protocol != Experimental) || tun.Rent(frame.Length, out var reply) != LendStatus.Lent)
            {
                return;
            }

            // No checksum changes with the order of the addresses; the echo's by what the type loses (8 for the first version, and 129 for 128 in the second).
            frame.CopyTo(reply);
            frame.Slice(addresses, size).CopyTo(reply[(addresses + size)..]);
            frame.Slice(addresses + size, size).CopyTo(reply[addresses..]);
            if (isEcho)
            {
                var type = isV4 ? 0 : 129;
                var sum = BinaryPrimitives.ReadUInt16BigEndian(frame[(headerLength + 2)..]) + ((frame[headerLength] - type) << 8);
                sum = sum < 0 ? sum + 0xffff : (sum & 0xffff) + (sum >> 16);
                reply[headerLength] = (byte)type;
                BinaryPrimitives.WriteUInt16BigEndian(reply[(headerLength + 2)..], (ushort)sum);
            }

            _ = tun.Send(frame.Length, default);
        }
    }
}
