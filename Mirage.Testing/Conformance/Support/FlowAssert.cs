using System.Text;

namespace Mirage.Testing;

/// <summary>What stories say of flows.</summary>
internal static class FlowAssert
{
    public static async Task WriteAsync(this IFlow flow, string text)
        => (await flow.WriteAsync(Encoding.UTF8.GetBytes(text))).ThrowIfFailed();

    /// <summary>Reads exactly a text.</summary>
    public static async Task ExpectAsync(this IFlow flow, string text)
    {
        var buffer = new byte[Encoding.UTF8.GetByteCount(text)];
        for (var count = 0; count < buffer.Length;)
        {
            var read = await flow.ReadAsync(buffer.AsMemory(count));
            Assert.True(read.HasData, $"expected '{text}', got {read} after {count} bytes");
            count += read.Count;
        }

        Assert.Equal(text, Encoding.UTF8.GetString(buffer));
    }

    public static async Task ExpectEndAsync(this IFlow flow)
    {
        var read = await flow.ReadAsync(new byte[16]);
        Assert.True(read.IsEnd, $"expected the end, got {read}");
    }

    /// <summary>Reads a pattern to its end, and checks each byte.</summary>
    /// <returns>How many bytes there were.</returns>
    public static async Task<long> ExpectPatternAsync(this IFlow flow, int seed, long? length)
    {
        var (total, last) = await flow.DrainAsync(seed);
        Assert.True(last.IsEnd, $"expected the end, got {last} after {total} bytes");
        Assert.Equal(length ?? total, total);
        return total;
    }

    /// <summary>Reads a pattern until a read gives no data, and checks each byte.</summary>
    public static async Task<(long Total, FlowRead Last)> DrainAsync(this IFlow flow, int seed)
    {
        var buffer = new byte[64 * 1024];
        var total = 0L;
        while (true)
        {
            var read = await flow.ReadAsync(buffer);
            if (!read.HasData)
            {
                return (total, read);
            }

            Pattern.Check(buffer.AsSpan(0, read.Count), total, seed);
            total += read.Count;
        }
    }

    /// <summary>Reads once, and checks that it is the start of a pattern.</summary>
    public static async Task ExpectPrefixAsync(this IFlow flow, int seed)
    {
        var buffer = new byte[100];
        var read = await flow.ReadAsync(buffer);
        Assert.True(read.HasData, read.ToString());
        Pattern.Check(buffer.AsSpan(0, read.Count), 0, seed);
    }

    public static void IsGone(DeviceError error)
        => Assert.True(error.Kind is ErrorKind.Closed or ErrorKind.Reset, $"expected closed or reset, got {error}");
}
