namespace Mirage.Net.TcpIp.Wire;

/// <summary>The codepoints of the ECN field, the two low bits of the traffic class (RFC 3168 §5).</summary>
internal static class EcnField
{
    /// <summary>ECT(0): a router may mark the packet instead of dropping it.</summary>
    public const byte Capable = 2;

    private const byte Marked = 3;

    /// <summary>Whether a router marked a packet: CE.</summary>
    public static bool IsMarked(byte trafficClass) => (trafficClass & Marked) == Marked;
}
