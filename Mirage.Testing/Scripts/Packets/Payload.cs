namespace Mirage.Testing.Scripts;

/// <summary>The data of scripts: each byte follows from its place in the stream, so that what is lost, repeated or moved shows.</summary>
internal static class Payload
{
    public static byte At(long offset) => (byte)(((ulong)(uint)offset * 0x9e37_79b9_7f4a_7c15) >> 56);

    public static void Fill(Span<byte> bytes, long offset)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = At(offset + i);
        }
    }

    /// <summary>The index of the first byte that is not what its place says, or -1.</summary>
    public static int FirstWrong(ReadOnlySpan<byte> bytes, long offset)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] != At(offset + i))
            {
                return i;
            }
        }

        return -1;
    }
}
