namespace Mirage.Net.TcpIp;

/// <summary>The sizes of packets that links commonly carry (RFC 1191 §7.1), for routers that say only that a packet was too big.</summary>
internal static class MtuPlateaus
{
    /// <summary>The least MTU of IPv4 (RFC 791 §3.2).</summary>
    public const int Least = 68;

    private static ReadOnlySpan<ushort> Sizes => [65535, 32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296, Least];

    /// <summary>The largest of them below a size, or the least.</summary>
    public static int Below(int size)
    {
        foreach (var plateau in Sizes)
        {
            if (plateau < size)
            {
                return plateau;
            }
        }

        return Least;
    }
}
