namespace Mirage.Testing;

/// <summary>Bytes of which each tells its place, so that loss, repetition and reordering show.</summary>
internal static class Pattern
{
    public static byte At(long offset, int seed)
    {
        var mixed = (ulong)(offset + ((long)seed << 40)) * 0x9e37_79b9_7f4a_7c15;
        return (byte)(mixed >> 56);
    }

    public static byte[] Bytes(int length, int seed)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++)
        {
            bytes[i] = At(i, seed);
        }

        return bytes;
    }

    public static void Check(ReadOnlySpan<byte> bytes, long offset, int seed)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] != At(offset + i, seed))
            {
                Assert.Fail($"byte {offset + i} is {bytes[i]:x2} and should be {At(offset + i, seed):x2}");
            }
        }
    }
}
