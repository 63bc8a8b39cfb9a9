using System.Security.Cryptography;
using Mirage;

namespace LossyPeer;

/// <summary>Sends random bytes and says what they were.</summary>
internal readonly struct Source(int length, int seed) : IFlowHandler
{
    private const int BlockSize = 256 * 1024;

    public async ValueTask HandleAsync<TFlow>(TFlow flow)
        where TFlow : struct, IFlow
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var random = new Random(seed);
        var block = new byte[BlockSize];
        for (var left = length; left > 0; left -= BlockSize)
        {
            random.NextBytes(block);
            var part = block.AsMemory(0, int.Min(BlockSize, left));
            hash.AppendData(part.Span);
            var written = await flow.WriteAsync(part);
            if (!written.IsDone)
            {
                Console.WriteLine($"failed with {left} left: {written.Error}");
                return;
            }
        }

        Console.WriteLine($"sent {length} {Convert.ToHexStringLower(hash.GetHashAndReset())}");
    }
}
