namespace Mirage.Net.Virtual.Tests;

/// <summary>IP packets with a recognizable payload, and handlers that keep what they get.</summary>
internal static class Packets
{
    /// <summary>The least length that a packet device takes: an IPv4 header.</summary>
    public const int MinLength = 20;

    public static byte[] Make(int length, byte seed = 0, byte version = 4)
    {
        var packet = new byte[length];
        for (var i = 1; i < length; i++)
        {
            packet[i] = (byte)((i * 7) + seed);
        }

        packet[0] = (byte)((version << 4) | 5);
        return packet;
    }

    public static SendStatus Transmit<TDevice>(TDevice device, ReadOnlySpan<byte> packet, in FrameInfo info = default)
        where TDevice : struct, IPacketDevice
    {
        Assert.Equal(LendStatus.Lent, device.Rent(packet.Length, out var span));
        Assert.Equal(packet.Length, span.Length);
        packet.CopyTo(span);
        return device.Send(packet.Length, in info);
    }

    public static List<byte[]> TakeAll<TDevice>(TDevice device, int budget = int.MaxValue)
        where TDevice : struct, IPacketDevice
    {
        var packets = new List<byte[]>();
        Assert.Equal(device.Receive(budget, new Keep(packets)), packets.Count);
        return packets;
    }

    public readonly struct Keep(List<byte[]> packets) : IFrameHandler
    {
        public void OnFrame(ReadOnlySpan<byte> frame, in FrameInfo info) => packets.Add(frame.ToArray());
    }
}
