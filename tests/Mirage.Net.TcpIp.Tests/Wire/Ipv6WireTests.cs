using FsCheck.Fluent;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Wire;

/// <summary>Formats of IPv6, ICMPv6 and neighbour discovery.</summary>
public sealed class Ipv6WireTests
{
    [Fact]
    public void A_header_that_is_written_is_read()
        => WireGen.Check(
            from traffic in WireGen.Byte from label in WireGen.UInt32 from next in WireGen.Byte from hops in WireGen.Byte from source in WireGen.Ipv6 from destination in WireGen.Ipv6
            from payload in WireGen.BytesUpTo(80)
            select (traffic, label: label & 0xf_ffff, next, hops, source, destination, payload),
            x =>
            {
                byte[] packet = [.. new byte[Ipv6Packet.HeaderSize], .. x.payload, 1, 2];
                Ipv6Packet.Write(packet, new Ipv6Header
                {
                    TrafficClass = x.traffic, FlowLabel = x.label, PayloadLength = (ushort)x.payload.Length, NextHeader = (IpProtocol)x.next, HopLimit = x.hops,
                    Source = x.source, Destination = x.destination,
                });
                Assert.Equal(Ipv6ParseStatus.Valid, Ipv6Packet.TryParse(packet, out var parsed));
                Assert.Equal((x.traffic, x.label, (IpProtocol)x.next, x.hops), (parsed.TrafficClass, parsed.FlowLabel, parsed.NextHeader, parsed.HopLimit));
                Assert.Equal((x.source, x.destination), (parsed.Source, parsed.Destination));
                Assert.True(parsed.Payload.SequenceEqual(x.payload));
            });

    [Fact]
    public void A_header_is_as_RFC_8200_section_3_draws_it()
    {
        var packet = new byte[40];
        Ipv6Packet.Write(packet, new Ipv6Header
        {
            TrafficClass = 0xb8, FlowLabel = 0x12345, PayloadLength = 0x0102, NextHeader = IpProtocol.Udp, HopLimit = 0x40,
            Source = Ipv6Address.Parse("2001:db8::1"), Destination = Ipv6Address.Parse("ff02::2"),
        });
        Assert.Equal("6B812345" + "01021140" + "20010DB8000000000000000000000001" + "FF020000000000000000000000000002", Convert.ToHexString(packet));
    }

    [Fact]
    public void A_message_that_is_written_is_read_and_no_changed_bit_goes_unseen()
        => WireGen.Check(
            from source in WireGen.Ipv6 from destination in WireGen.Ipv6 from type in WireGen.Byte from code in WireGen.Byte from rest in WireGen.UInt32
            from payload in WireGen.BytesUpTo(60) from bit in Gen.Choose(0, (8 * 8) - 1)
            select (source, destination, type, code, rest, payload, bit),
            x =>
            {
                byte[] message = [.. new byte[Icmpv6Message.HeaderSize], .. x.payload];
                Icmpv6Message.Write(x.source, x.destination, message, (Icmpv6Type)x.type, x.code, x.rest);
                Assert.True(Icmpv6Message.TryParse(x.source, x.destination, message, out var parsed));
                Assert.Equal(((Icmpv6Type)x.type, x.code, x.rest), (parsed.Type, parsed.Code, parsed.Rest));
                Assert.True(parsed.Payload.SequenceEqual(x.payload));
                message[x.bit / 8] ^= (byte)(1 << (x.bit % 8));
                Assert.False(Icmpv6Message.TryParse(x.source, x.destination, message, out _));
            });

    [Fact]
    public void A_neighbour_message_that_is_written_is_read()
        => WireGen.Check(
            from source in WireGen.Ipv6 from target in WireGen.Ipv6 from mac in WireGen.Mac from isRouter in WireGen.Bool from isOverride in WireGen.Bool
            select (source, target, mac, isRouter, isOverride),
            x =>
            {
                var option = new byte[8];
                NdpOptions.WriteLinkAddress(option, NdpOptionType.TargetLinkAddress, x.mac);
                var message = new byte[32];
                var flags = (x.isRouter ? NeighbourMessage.RouterFlag : 0) | (x.isOverride ? NeighbourMessage.OverrideFlag : 0);
                NeighbourMessage.Write(x.source, Ipv6Groups.AllNodes, message, Icmpv6Type.NeighbourAdvertisement, flags, x.target, option);
                var info = new IpPacketInfo { Source = x.source, Destination = Ipv6Groups.AllNodes, TimeToLive = 255 };
                Assert.Equal(!x.target.IsMulticast, NeighbourMessage.TryParse(info, message, out var parsed));
                if (!x.target.IsMulticast)
                {
                    Assert.Equal((x.target, x.isRouter, false, x.isOverride), (parsed.Target, parsed.IsRouter, parsed.IsSolicited, parsed.IsOverride));
                    Assert.Equal(!x.mac.IsMulticast && !x.mac.IsZero, parsed.Options.TryGetLinkAddress(NdpOptionType.TargetLinkAddress, out var mac));
                    Assert.Equal(x.mac, mac);
                }
            });

    [Fact]
    public void A_fragment_header_that_is_written_is_read()
        => WireGen.Check(
            from units in Gen.Choose(0, 8191) from more in WireGen.Bool from identification in WireGen.UInt32 select (offset: units * 8, more, identification),
            x =>
            {
                var header = new byte[8];
                Ipv6HeaderChain.WriteFragmentHeader(header, IpProtocol.Udp, x.offset, x.more, x.identification);
                Assert.Equal(
                    (x.offset, x.more, x.identification),
                    (Ipv6HeaderChain.FragmentOffset(header), Ipv6HeaderChain.MoreFragments(header), Ipv6HeaderChain.Identification(header)));
            });

    [Fact]
    public void Random_bytes_never_throw()
    {
        var random = new Random(20_240_603);
        var buffer = new byte[200];
        var accepted = 0;
        for (var i = 0; i < 100_000; i++)
        {
            var bytes = buffer.AsSpan(0, random.Next(buffer.Length + 1));
            random.NextBytes(bytes);
            if (bytes.Length > 8)
            {
                // Nearly right: so that what is behind the first check is reached.
                bytes[0] = random.Next(2) == 0 ? (byte)0x60 : (byte)random.Next(133, 138);
                bytes[1] = (byte)(random.Next(4) == 0 ? random.Next(256) : 0);
                (bytes[4], bytes[5]) = (0, (byte)Math.Max(0, bytes.Length - 40));
                bytes[6] = new byte[] { 0, 43, 44, 60, 17, 58 }[random.Next(6)];
            }

            accepted += ReadAll(bytes, random);
        }

        Assert.InRange(accepted, 30_000, int.MaxValue);
    }

    private static int ReadAll(ReadOnlySpan<byte> bytes, Random random)
    {
        var accepted = 0;
        if (Ipv6Packet.TryParse(bytes, out var packet) == Ipv6ParseStatus.Valid)
        {
            accepted++;
            _ = (packet.TrafficClass, packet.FlowLabel, packet.NextHeader, packet.HopLimit, packet.Source, packet.Destination);
            if (Ipv6HeaderChain.TryFindEnd(packet.Packet, out var end))
            {
                Assert.InRange(end.Offset, 40, packet.Packet.Length);
                Assert.InRange(end.Position, 6, packet.Packet.Length);
            }
        }

        var info = new IpPacketInfo { Source = Ipv6Address.Parse("fe80::1"), Destination = Ipv6Address.Parse("fe80::2"), TimeToLive = random.Next(2) == 0 ? (byte)255 : (byte)1 };
        if (NeighbourMessage.TryParse(info, bytes, out var neighbour))
        {
            accepted++;
            _ = (neighbour.Target, neighbour.IsRouter, neighbour.IsSolicited, neighbour.IsOverride);
            Read(neighbour.Options);
        }

        if (RouterAdvertisement.TryParse(info, bytes, out var router))
        {
            accepted++;
            _ = (router.HopLimit, router.Preference, router.RouterLifetime, router.ReachableTime, router.RetransTimer);
            Read(router.Options);
        }

        if (RedirectMessage.TryParse(info, bytes, out var redirect))
        {
            accepted++;
            _ = (redirect.Target, redirect.Destination);
            Read(redirect.Options);
        }

        if (ListenerQuery.TryParse(info, bytes, out var query))
        {
            accepted++;
            _ = (query.Group, query.IsVersion1);
            Assert.InRange(query.MaxResponseTime, TimeSpan.Zero, TimeSpan.FromHours(3));
        }

        Read(new NdpOptions(bytes));
        return accepted;
    }

    private static void Read(NdpOptions options)
    {
        _ = options.IsValid;
        _ = options.TryGetLinkAddress(NdpOptionType.SourceLinkAddress, out _);
        _ = options.HasNonce(new byte[6]);
        foreach (var option in options)
        {
            Assert.True(option.Length >= 8);
        }
    }
}
