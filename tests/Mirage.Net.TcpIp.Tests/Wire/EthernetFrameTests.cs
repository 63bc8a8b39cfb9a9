using Mirage.Net.TcpIp.Wire;
using FsCheck.Fluent;

namespace Mirage.Net.TcpIp.Tests.Wire;

public sealed class EthernetFrameTests
{
    [Fact]
    public void What_is_written_is_read()
        => WireGen.Check(
            from destination in WireGen.Mac from source in WireGen.Mac from type in WireGen.UInt16 from payload in WireGen.BytesUpTo(60)
            select (destination, source, type: (EtherType)type, payload),
            x =>
            {
                var bytes = new byte[EthernetFrame.HeaderSize + x.payload.Length];
                x.payload.CopyTo(bytes.AsSpan(EthernetFrame.HeaderSize));
                EthernetFrame.Write(bytes, x.destination, x.source, x.type);
                Assert.True(EthernetFrame.TryParse(bytes, out var frame));
                Assert.Equal(x.destination, frame.Destination);
                Assert.Equal(x.source, frame.Source);
                Assert.Equal(x.type, frame.Type);
                Assert.True(frame.Payload.SequenceEqual(x.payload));
            });

    [Fact]
    public void A_truncated_header_is_refused()
    {
        for (var length = 0; length < EthernetFrame.HeaderSize; length++)
        {
            Assert.False(EthernetFrame.TryParse(Captures.ArpRequest.AsSpan(0, length), out _));
        }

        Assert.True(EthernetFrame.TryParse(Captures.ArpRequest.AsSpan(0, EthernetFrame.HeaderSize), out var frame));
        Assert.True(frame.Payload.IsEmpty);
    }
}
