using System.Numerics;

namespace Mirage.Net.TcpIp;

/// <summary>A keyed hash of two endpoints, for tables: a peer that does not know the key cannot make their chains long.</summary>
internal readonly struct EndpointHash(ulong key)
{
    public uint Compute(in IpAddress localAddress, ushort localPort, in IpAddress remoteAddress, ushort remotePort)
    {
        // Multiply and fold, with a secret in each round: the tables are not worth SipHash, whose key also guards sequence numbers.
        var hash = Mix(key ^ (((ulong)localPort << 16) | remotePort), 0x9e37_79b9_7f4a_7c15);
        hash = Mix(hash ^ Low(remoteAddress), 0xd6e8_feb8_6659_fd93 ^ key);
        hash = Mix(hash ^ Low(localAddress), 0xa076_1d64_78bd_642f ^ BitOperations.RotateLeft(key, 32));
        return (uint)(hash ^ (hash >> 32));
    }

    private static ulong Mix(ulong a, ulong b)
    {
        var high = Math.BigMul(a, b, out var low);
        return high ^ low;
    }

    private static ulong Low(in IpAddress address)
    {
        var value = address.V6.Value;
        return (ulong)value ^ BitOperations.RotateLeft((ulong)(value >> 64), 31);
    }
}
