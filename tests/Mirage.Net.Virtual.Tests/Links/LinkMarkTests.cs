using System.Buffers.Binary;
using Mirage.Testing;

namespace Mirage.Net.Virtual.Tests;

/// <summary>A link whose queue is long marks packets instead of losing them (RFC 3168 §5).</summary>
public sealed class LinkMarkTests
{
    private const int Length = 100;
    private const int ChecksumOffset = Frames.HeaderSize + 10;
    private const int Ipv4HeaderSize = 20;
    private const byte CongestionExperienced = 3;

    // A frame of 100 bytes takes a millisecond.
    private static readonly LinkOptions Slow = new() { Rate = Length * 8 * 1000, MarkAt = 2 * Length };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Packets_of_senders_that_understand_are_marked_while_more_bytes_wait_than_the_threshold(byte codepoint)
        => Link.Run(Slow, async link =>
        {
            SendMany(link, 5, () => Ipv4(codepoint));
            await link.Sleep(10);

            // The first leaves at once; the fourth is the one that makes more than 200 bytes wait.
            Assert.Equal([codepoint, codepoint, codepoint, CongestionExperienced, CongestionExperienced], link.Arrived.Select(arrival => Codepoint4(arrival.Frame)));
            Assert.Equal((5, 2, 0), (link.Counters.Delivered, link.Counters.Marked, link.Counters.Lost + link.Counters.QueueFull));
        });

    [Fact]
    public void The_checksum_of_a_marked_header_is_right()
        => Link.Run(Slow, async link =>
        {
            SendMany(link, 5, () => Ipv4(2));
            await link.Sleep(10);
            Assert.All(link.Arrived, arrival => Assert.Equal(0xffff, Sum(arrival.Frame.AsSpan(Frames.HeaderSize, Ipv4HeaderSize))));
        });

    [Fact]
    public void Packets_of_IPv6_are_marked_too()
        => Link.Run(Slow, async link =>
        {
            SendMany(link, 4, Ipv6);
            await link.Sleep(10);
            Assert.Equal([2, 2, 2, 3], link.Arrived.Select(arrival => (arrival.Frame[Frames.HeaderSize + 1] >> 4) & 3));

            // Nothing else of the traffic class or the flow label is touched.
            Assert.All(link.Arrived, arrival => Assert.Equal(0x6a8f_1234u, BinaryPrimitives.ReadUInt32BigEndian(arrival.Frame.AsSpan(Frames.HeaderSize)) & ~0x0030_0000u));
        });

    [Fact]
    public void Packets_of_senders_that_do_not_understand_and_other_frames_pass_as_they_are()
        => Link.Run(Slow, async link =>
        {
            SendMany(link, 5, () => Ipv4(0));
            SendMany(link, 5, () => Typed(0x0806));
            await link.Sleep(20);
            Assert.All(link.Arrived.Take(5), arrival => Assert.Equal(0, Codepoint4(arrival.Frame)));
            Assert.All(link.Arrived.Skip(5), arrival => Assert.Equal(Typed(0x0806)[Frames.HeaderSize..], arrival.Frame[Frames.HeaderSize..]));
            Assert.Equal((10, 0), (link.Counters.Delivered, link.Counters.Marked));
        });

    [Fact]
    public void Nothing_waits_and_nothing_is_marked_on_a_link_without_a_rate()
        => Link.Run(new LinkOptions { MarkAt = 0 }, async link =>
        {
            SendMany(link, 50, () => Ipv4(2));
            await link.Sleep(1);
            Assert.Equal((50, 0), (link.Counters.Delivered, link.Counters.Marked));
        });

    private static void SendMany(Link link, int count, Func<byte[]> make)
    {
        for (var i = 0; i < count; i++)
        {
            link.Send(make());
        }
    }

    private static byte[] Typed(ushort type)
    {
        var frame = new byte[Length];
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(Frames.HeaderSize - sizeof(ushort)), type);
        frame[Frames.HeaderSize] = 0x45;
        return frame;
    }

    private static byte[] Ipv4(byte codepoint)
    {
        var frame = Typed(0x0800);
        frame[Frames.HeaderSize + 1] = (byte)(0xb8 | codepoint);
        frame[Frames.HeaderSize + 3] = Length - Frames.HeaderSize;
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(ChecksumOffset), (ushort)~Sum(frame.AsSpan(Frames.HeaderSize, Ipv4HeaderSize)));
        return frame;
    }

    private static byte[] Ipv6()
    {
        var frame = Typed(0x86dd);

        // Version 6, a traffic class that ends with ECT(0), a flow label.
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(Frames.HeaderSize), 0x6aaf_1234);
        return frame;
    }

    private static int Codepoint4(byte[] frame) => frame[Frames.HeaderSize + 1] & 3;

    private static int Sum(ReadOnlySpan<byte> header)
    {
        var sum = 0;
        for (var i = 0; i < header.Length; i += sizeof(ushort))
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(header[i..]);
        }

        sum = (sum & 0xffff) + (sum >> 16);
        return (sum & 0xffff) + (sum >> 16);
    }
}
