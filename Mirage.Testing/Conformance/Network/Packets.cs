namespace Mirage.Testing;

/// <summary>IP packets with a recognizable payload.</summary>
public static class Packets
{
    /// <summary>The least length that a packet device takes: an IPv4 header.</summary>
    public const int MinLength = 20;

    /// <summary>Makes a packet.</summary>
    /// <param name="length">Its length in bytes, at least <see cref="MinLength"/>.</param>
    /// <param name="seed">Tells packets of one length apart.</param>
    /// <param name="version">4 or 6.</param>
    /// <returns>The packet.</returns>
    public static byte[] Make(int length, byte seed = 0, byte version = 4)
    {
        var packet = new byte[length];
        for (var i = 1; i < length; i++)
        {
            packet[i] = (byte)((i * 7) + seed);
        }

        packet[0] = (byte)((version << 4) | 5);
        return packet;
    }
}
