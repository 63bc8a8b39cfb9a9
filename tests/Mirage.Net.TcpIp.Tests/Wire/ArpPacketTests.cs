using Mirage.Net.TcpIp.Wire;
using FsCheck.Fluent;

namespace Mirage.Net.TcpIp.Tests.Wire;

public sealed class ArpPacketTests
{
    private static byte[] Request => Captures.ArpRequest[EthernetFrame.HeaderSize..];

    [Fact]
    public void What_is_written_is_read()
        => WireGen.Check(
            from request in WireGen.Bool from senderMac in WireGen.Mac from targetMac in WireGen.Mac
            from sender in WireGen.Ipv4 from target in WireGen.Ipv4
            select (operation: request ? ArpOperation.Request : ArpOperation.Reply, senderMac, sender, targetMac, target),
            x =>
            {
                var bytes = new byte[ArpPacket.Size];
                ArpPacket.Write(bytes, x.operation, x.senderMac, x.sender, x.targetMac, x.target);
                Assert.True(ArpPacket.TryParse(bytes, out var packet));
                Assert.Equal(
                    x, (packet.Operation, packet.SenderMac, packet.SenderAddress, packet.TargetMac, packet.TargetAddress));
            });

    [Fact]
    public void A_truncated_packet_is_refused()
    {
        for (var length = 0; length < ArpPacket.Size; length++)
        {
            Assert.False(ArpPacket.TryParse(Request.AsSpan(0, length), out _));
        }
    }

    [Fact]
    public void Padding_is_ignored()
    {
        var padded = new byte[46];
        Request.CopyTo(padded, 0);
        Assert.True(ArpPacket.TryParse(padded, out var packet));
        Assert.Equal(Captures.HostB.V4, packet.TargetAddress);
    }

    [Theory]
    [InlineData(1, 6)]
    [InlineData(0, 1)]
    [InlineData(2, 0x86)]
    [InlineData(3, 6)]
    [InlineData(4, 8)]
    [InlineData(5, 16)]
    [InlineData(7, 0)]
    [InlineData(7, 3)]
    [InlineData(6, 1)]
    public void Other_hardware_protocols_lengths_and_operations_are_refused(int at, byte value)
    {
        var bytes = Request;
        bytes[at] = value;
        Assert.False(ArpPacket.TryParse(bytes, out _));
    }
}
