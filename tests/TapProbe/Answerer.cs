using System.Buffers.Binary;
using Mirage;
using Mirage.Net.Tap;

namespace TapProbe;

/// <summary>Just enough of a host to be pinged: ARP (RFC 826) and ICMP echo (RFC 792), each answered by turning the frame around.</summary>
internal sealed class Answerer(TapNetwork tap, Ipv4Address address) : IPollable
{
    public const ushort Experimental = 0x88b5;

    private bool _gone;

    public PollResult Poll(Instant now, int budget)
    {
        var count = tap.Receive(budget, new Handler(tap, address));
        if (!_gone)
        {
            var lend = tap.Rent(60, out _);
            if (lend == LendStatus.Lent)
            {
                tap.Return();
            }

            if (lend == LendStatus.Disconnected)
            {
                _gone = true;
                Console.WriteLine("disconnected");
            }
        }

        return new PollResult(count > 0, Instant.Never);
    }

    private readonly struct Handler(TapNetwork tap, Ipv4Address address) : IFrameHandler
    {
        public void OnFrame(ReadOnlySpan<byte> frame, in FrameInfo info)
        {
            var type = BinaryPrimitives.ReadUInt16BigEndian(frame[12..]);
            var answer = type == Experimental
                || (type == (ushort)EtherType.Arp && frame.Length >= 42 && frame[21] == 1 && AddressAt(frame, 38) == address.Value)
                || (type == (ushort)EtherType.Ipv4 && frame.Length >= 42 && frame[23] == 1 && frame[34] == 8 && AddressAt(frame, 30) == address.Value);
            if (!answer || tap.Rent(frame.Length, out var reply) != LendStatus.Lent)
            {
                return;
            }

            frame.CopyTo(reply);
            frame.Slice(6, 6).CopyTo(reply);
            tap.Mac.CopyTo(reply[6..]);
            if (type == (ushort)EtherType.Arp)
            {
                reply[21] = 2;
                frame.Slice(22, 10).CopyTo(reply[32..]);
                tap.Mac.CopyTo(reply[22..]);
                frame.Slice(38, 4).CopyTo(reply[28..]);
            }
            else if (type == (ushort)EtherType.Ipv4)
            {
                // The IP header's checksum does not change with the order of the addresses; the echo's rises by the 8 that leaves its type.
                frame.Slice(26, 4).CopyTo(reply[30..]);
                frame.Slice(30, 4).CopyTo(reply[26..]);
                reply[34] = 0;
                var sum = BinaryPrimitives.ReadUInt16BigEndian(frame[36..]) + 0x0800;
                BinaryPrimitives.WriteUInt16BigEndian(reply[36..], (ushort)((sum & 0xffff) + (sum >> 16)));
            }

            _ = tap.Send(frame.Length, default);
        }

        private static uint AddressAt(ReadOnlySpan<byte> frame, int offset) => BinaryPrimitives.ReadUInt32BigEndian(frame[offset..]);
    }
}
