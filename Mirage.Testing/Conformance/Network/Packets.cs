namespace Mirage.Testing;

/// <summary>IP packets with a recognizable payload, and handlers that keep what they get.</summary>
public static class Packets
{
    /// <summary>The least length that a packet device takes: an IPv4 header.</summary>
    public const int MinLength = 20;

    /// <summary>Makes a packet.</summary>
    /// <param name="length">Its length in bytes, at least <see cref="MinLength"/>.</param>
    /// <param name="seed">Tells packets of one length apart.</param>
    /// <param name="version">4 or 6.</param>
    /// <returns>The packet.</returns>
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

    /// <summary>Rents, writes and sends a packet, and fails the test if it is not lent.</summary>
    /// <typeparam name="TDevice">The device.</typeparam>
    /// <param name="device">The device.</param>
    /// <param name="packet">The packet.</param>
    /// <param name="info">What goes with it.</param>
    /// <returns>What became of it.</returns>
    public static SendStatus Transmit<TDevice>(TDevice device, ReadOnlySpan<byte> packet, in FrameInfo info = default)
        where TDevice : struct, IPacketDevice
    {
        Assert.Equal(LendStatus.Lent, device.Rent(packet.Length, out var span));
        Assert.Equal(packet.Length, span.Length);
        packet.CopyTo(span);
        return device.Send(packet.Length, in info);
    }

    /// <summary>Receives what has arrived.</summary>
    /// <typeparam name="TDevice">The device.</typeparam>
    /// <param name="device">The device.</param>
    /// <param name="budget">How many packets at the most.</param>
    /// <returns>The packets.</returns>
    public static List<byte[]> TakeAll<TDevice>(TDevice device, int budget = int.MaxValue)
        where TDevice : struct, IPacketDevice
    {
        var packets = new List<byte[]>();
        Assert.Equal(device.Receive(budget, new Keep(packets)), packets.Count);
        return packets;
    }

    /// <summary>Keeps copies of what it gets.</summary>
    /// <param name="packets">Where to.</param>
    public readonly struct Keep(List<byte[]> packets) : IFrameHandler
    {
        /// <inheritdoc/>
        public void OnFrame(ReadOnlySpan<byte> frame, in FrameInfo info) => packets.Add(frame.ToArray());
    }
}
