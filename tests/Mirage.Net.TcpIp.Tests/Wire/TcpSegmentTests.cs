using System.Buffers.Binary;
using Mirage.Net.TcpIp.Wire;
using FsCheck.Fluent;

namespace Mirage.Net.TcpIp.Tests.Wire;

public sealed class TcpSegmentTests
{
    [Fact]
    public void What_is_written_is_read()
        => WireGen.Check(
            from source in WireGen.UInt16
            from destination in WireGen.UInt16
            from sequence in WireGen.UInt32
            from acknowledgement in WireGen.UInt32
            from flags in WireGen.Byte
            from window in WireGen.UInt16
            from words in Gen.Choose(5, 15)
            from payload in WireGen.BytesUpTo(60)
            select (source, destination, sequence, acknowledgement, flags: (TcpFlags)flags, window, headerLength: words * 4, payload),
            x =>
            {
                var bytes = new byte[x.headerLength + x.payload.Length];
                bytes.AsSpan().Fill(0xee);
                x.payload.CopyTo(bytes.AsSpan(x.headerLength));
                TcpSegment.WriteHeader(
                    bytes, x.source, x.destination, new(x.sequence), new(x.acknowledgement), x.flags, x.window, x.headerLength);
                Assert.True(TcpSegment.TryParse(bytes, out var segment));
                Assert.Equal(x.source, segment.SourcePort);
                Assert.Equal(x.destination, segment.DestinationPort);
                Assert.Equal(x.sequence, segment.Sequence.Value);
                Assert.Equal(x.acknowledgement, segment.Acknowledgement.Value);
                Assert.Equal(x.flags, segment.Flags);
                Assert.Equal(x.window, segment.Window);
                Assert.Equal(0, segment.Checksum);
                Assert.Equal(0, segment.UrgentPointer);
                Assert.Equal(x.headerLength, segment.HeaderLength);
                Assert.Equal(x.headerLength - 20, segment.Options.Length);
                Assert.Equal(-1, segment.Options.IndexOfAnyExcept((byte)0xee));
                Assert.True(segment.Payload.SequenceEqual(x.payload));
                var controls = (x.flags.HasFlag(TcpFlags.Syn) ? 1 : 0) + (x.flags.HasFlag(TcpFlags.Fin) ? 1 : 0);
                Assert.Equal(x.payload.Length + controls, segment.SequenceLength);

                BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(16), InternetChecksum.Finish(InternetChecksum.Sum(
                    bytes, InternetChecksum.PseudoHeader(Captures.HostA, Captures.HostB, IpProtocol.Tcp, bytes.Length))));
                Assert.True(segment.VerifyChecksum(Captures.HostA, Captures.HostB));
                Assert.False(segment.VerifyChecksum(Captures.HostA, new Ipv4Address(10, 9, 0, 3)));
            });

    [Fact]
    public void Every_truncation_of_a_header_is_refused()
    {
        var syn = Captures.TcpSyn[34..];
        for (var length = 0; length < syn.Length; length++)
        {
            Assert.False(TcpSegment.TryParse(syn.AsSpan(0, length), out _));
        }
    }

    [Fact]
    public void A_data_offset_below_5_is_refused()
    {
        var bytes = Captures.TcpSyn[34..];
        for (var offset = 0; offset < 5; offset++)
        {
            bytes[12] = (byte)(offset << 4);
            Assert.False(TcpSegment.TryParse(bytes, out _));
        }
    }

    [Fact]
    public void A_checksum_is_right_for_both_families_and_wrong_with_any_wrong_bit()
    {
        IpAddress v6A = Ipv6Address.Parse("fe80::1"), v6B = Ipv6Address.Parse("2001:db8::2");
        foreach (var (from, to) in new[] { (Captures.HostA, Captures.HostB), (v6A, v6B) })
        {
            var bytes = Captures.TcpData[34..];
            bytes[16] = bytes[17] = 0;
            byte[] all = [.. ReferenceChecksum.PseudoHeader(from, to, IpProtocol.Tcp, bytes.Length), .. bytes];
            BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(16), (ushort)~ReferenceChecksum.Fold(all));
            Assert.True(TcpSegment.TryParse(bytes, out var segment));
            Assert.True(segment.VerifyChecksum(from, to));
            for (var bit = 0; bit < bytes.Length * 8; bit++)
            {
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
                Assert.False(segment.VerifyChecksum(from, to));
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            }
        }
    }
}
