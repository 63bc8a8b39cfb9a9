namespace Mirage.Testing;

/// <summary>Frames made of their addresses and a recognizable payload, and handlers that keep what they get.</summary>
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
    /// <typeparam name="TNetwork">The device.</typeparam>
    /// <param name="network">The device.</param>
    /// <param name="frame">The frame.</param>
    /// <param name="info">What goes with it.</param>
    /// <returns>What became of it.</returns>
    public static SendStatus Transmit<TNetwork>(TNetwork network, ReadOnlySpan<byte> frame, in FrameInfo info = default)
        where TNetwork : struct, INetwork
    {
        Assert.Equal(LendStatus.Lent, network.Rent(frame.Length, out var span));
        Assert.Equal(frame.Length, span.Length);
        frame.CopyTo(span);
        return network.Send(frame.Length, in info);
    }

    /// <summary>Receives what has arrived.</summary>
    /// <typeparam name="TNetwork">The device.</typeparam>
    /// <param name="network">The device.</param>
    /// <param name="budget">How many frames at the most.</param>
    /// <returns>The frames.</returns>
    public static List<byte[]> TakeAll<TNetwork>(TNetwork network, int budget = int.MaxValue)
        where TNetwork : struct, INetwork
    {
        var frames = new List<byte[]>();
        Assert.Equal(network.Receive(budget, new Keep(frames)), frames.Count);
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
