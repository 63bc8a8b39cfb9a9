using System.Text;

namespace Mirage.Examples.Tests.Fakes;

internal static class FlowReading
{
    /// <summary>Reads as many bytes, or fewer if the flow ends before.</summary>
    public static async Task<byte[]> ReadExactlyAsync<TFlow>(this TFlow flow, int count, CancellationToken cancellation)
        where TFlow : struct, IFlow
    {
        var bytes = new byte[count];
        var filled = 0;
        while (filled < count)
        {
            var read = (await flow.ReadAsync(bytes.AsMemory(filled), cancellation)).ThrowIfFailed();
            if (read == 0)
            {
                break;
            }

            filled += read;
        }

        return bytes[..filled];
    }

    /// <summary>Reads until the end.</summary>
    public static async Task<byte[]> ReadToEndAsync<TFlow>(this TFlow flow, CancellationToken cancellation)
        where TFlow : struct, IFlow
    {
        var all = new MemoryStream();
        var buffer = new byte[16 * 1024];
        for (var read = await flow.ReadAsync(buffer, cancellation); read.ThrowIfFailed() > 0; read = await flow.ReadAsync(buffer, cancellation))
        {
            all.Write(buffer.AsSpan(0, read.Count));
        }

        return all.ToArray();
    }

    public static async Task WriteTextAsync<TFlow>(this TFlow flow, string text, CancellationToken cancellation)
        where TFlow : struct, IFlow
        => (await flow.WriteAsync(Encoding.Latin1.GetBytes(text), cancellation)).ThrowIfFailed();
}
