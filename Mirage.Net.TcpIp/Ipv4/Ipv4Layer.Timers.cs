using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>What is due.</summary>
internal sealed partial class Ipv4Layer<TLink, TPlatform>
{
    /// <summary>Gives up datagrams whose fragments did not come, and forgets what else has aged.</summary>
    public Instant RunTimers<THandler>(Instant now, THandler handler)
        where THandler : struct, IIpHandler
    {
        while (_reassembler.TryExpire(now, out var expired))
        {
            // RFC 1122 §3.3.2: the sender is told if the first fragment came.
            if (!expired.Value.First.IsEmpty && Ipv4Packet.TryParse(expired.Value.First, out var parsed) == Ipv4ParseStatus.Valid)
            {
                handler.OnProblem(InfoOf(parsed, isBroadcast: !IsLocal(parsed.Destination)), parsed.Packet, new IpProblem(IpErrorKind.ReassemblyTimeExceeded));
            }

            _reassembler.Forget(expired);
        }

        return Instant.Min(SendReports(now), Instant.Min(_reassembler.Due, _paths.RunTimers(now)));
    }
}
