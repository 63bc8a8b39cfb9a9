namespace Mirage.Net.Virtual.Tests;

/// <summary>Frames made of their addresses and a recognizable payload, and handlers that keep what they get.</summary>
internal static class Frames
{
    public const int HeaderSize = 14;

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

    public static SendStatus Transmit<TNetwork>(TNetwork network, ReadOnlySpan<byte> frame, in FrameInfo info = default)
        where TNetwork : struct, INetwork
    {
        Assert.Equal(LendStatus.Lent, network.Rent(frame.Length, out var span));
        Assert.Equal(frame.Length, span.Length);
        frame.CopyTo(span);
        return network.Send(frame.Length, in info);
    }

    public static List<byte[]> TakeAll<TNetwork>(TNetwork network, int budget = int.MaxValue)
        where TNetwork : struct, INetwork
    {
        var frames = new List<byte[]>();
        Assert.Equal(network.Receive(budget, new Keep(frames)), frames.Count);
        return frames;
    }

    public readonly struct Keep(List<byte[]> frames) : IFrameHandler
    {
        public void OnFrame(ReadOnlySpan<byte> frame, in FrameInfo info) => frames.Add(frame.ToArray());
    }
}
