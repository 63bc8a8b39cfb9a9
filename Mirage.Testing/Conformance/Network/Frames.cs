namespace Mirage.Testing;

/// <summary>Ethernet frames made of their addresses and a recognizable payload; sending and receiving frames of any device, and handlers that keep what they get.</summary>
public static class Frames
{
    /// <summary>How many bytes of a frame come before its payload.</summary>
    public const int HeaderSize = 14;

    /// <summary>Makes a frame.</summary>
    /// <param name="destination">To whom.</param>
    /// <param name="source">From whom.</param>
    /// <param name="length">Its length in bytes, at least <see cref="HeaderSize"/>.</param>
    /// <param name="seed">Tells frames of one length apart.</param>
    /// <returns>The frame.</returns>
    public static byte[] Make(MacAddress destination, MacAddress source, int length, byte seed = 0)
    {
        var frame = new byte[length];
        destination.CopyTo(frame);
        source.CopyTo(frame.AsSpan(MacAddress.Size));
        frame[12] = 0x08;
        for (var i = HeaderSize; i < length; i++)
        {
            frame[i] = (byte)((i * 7) + seed);
        }

        return frame;
    }

    /// <summary>Rents, writes and sends a frame, and fails the test if it is not lent.</summary>
    /// <typeparam name="TDevice">The device.</typeparam>
    /// <param name="device">The device.</param>
    /// <param name="frame">The frame.</param>
    /// <param name="info">What goes with it.</param>
    /// <returns>What became of it.</returns>
    public static SendStatus Transmit<TDevice>(TDevice device, ReadOnlySpan<byte> frame, in FrameInfo info = default)
        where TDevice : struct, IFrameDevice
    {
        Assert.Equal(LendStatus.Lent, device.Rent(frame.Length, out var span));
        Assert.Equal(frame.Length, span.Length);
        frame.CopyTo(span);
        return device.Send(frame.Length, in info);
    }

    /// <summary>Receives what has arrived.</summary>
    /// <typeparam name="TDevice">The device.</typeparam>
    /// <param name="device">The device.</param>
    /// <param name="budget">How many frames at the most.</param>
    /// <returns>The frames.</returns>
    public static List<byte[]> TakeAll<TDevice>(TDevice device, int budget = int.MaxValue)
        where TDevice : struct, IFrameDevice
    {
        var frames = new List<byte[]>();
        Assert.Equal(device.Receive(budget, new Keep(frames)), frames.Count);
        return frames;
    }

    /// <summary>Keeps copies of what it gets.</summary>
    /// <param name="frames">Where to.</param>
    public readonly struct Keep(List<byte[]> frames) : IFrameHandler
    {
        /// <inheritdoc/>
        public void OnFrame(ReadOnlySpan<byte> frame, in FrameInfo info) => frames.Add(frame.ToArray());
    }
}
