namespace Mirage.Net.TcpIp;

/// <summary>What configures IPv6 on a link with neighbours; a packet device has none.</summary>
internal interface INeighbourProtocol
{
    /// <summary>Takes a message of neighbour discovery.</summary>
    /// <param name="info">From the packet's header.</param>
    /// <param name="message">The message, whose checksum is right; valid during the call only.</param>
    void Input(in IpPacketInfo info, ReadOnlySpan<byte> message);

    /// <summary>Runs what is due.</summary>
    /// <param name="now">The present.</param>
    /// <returns>When to call again.</returns>
    Instant RunTimers(Instant now);
}
