using System.Security.Cryptography;
using Mirage;

namespace LossyPeer;

/// <summary>Reads to the end and says what came.</summary>
internal readonly struct Sink : IFlowHandler
{
    private const int BufferSize = 256 * 1024;

    public async ValueTask HandleAsync<TFlow>(TFlow flow)
        where TFlow : struct, IFlow
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[BufferSize];
        long count = 0;
        FlowRead read;
        while ((read = await flow.ReadAsync(buffer)).HasData)
        {
            hash.AppendData(buffer, 0, read.Count);
            count += read.Count;
        }

        Console.WriteLine(read.IsError ? $"failed after {count}: {read.Error}" : $"received {count} {Convert.ToHexStringLower(hash.GetHashAndReset())}");
    }
}
