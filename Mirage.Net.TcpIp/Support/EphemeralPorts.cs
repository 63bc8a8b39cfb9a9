using System.Buffers.Binary;

namespace Mirage.Net.TcpIp;

/// <summary>Chooses ports at random (RFC 6056 §3.3.1), so that they are hard to guess. Exhaustion is an answer, not a search without end.</summary>
internal sealed class EphemeralPorts<TPlatform>(TPlatform platform)
    where TPlatform : struct, IPlatform
{
    /// <summary>The range of RFC 6335 §6: 49152 to 65535, widened downwards as RFC 6056 §3.2 advises.</summary>
    public const ushort First = 32768;

    private const int Count = 65536 - First;

    public bool TryFind(Predicate<ushort> isFree, out ushort port)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        platform.Fill(bytes);
        var start = (int)(BinaryPrimitives.ReadUInt32LittleEndian(bytes) % Count);
        for (var i = 0; i < Count; i++)
        {
            port = (ushort)(First + ((start + i) % Count));
            if (isFree(port))
            {
                return true;
            }
        }

        port = 0;
        return false;
    }
}
