using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>What is sent to addresses that are not this host's.</summary>
internal sealed partial class InternetLayers<TLink4, TLink6, TNeighbours, TPlatform, TCongestion>
{
    private long _echoesToOthers;

    /// <summary>Whether an ICMP message is an echo request to somebody else, for whom this host does not answer.</summary>
    private bool IsEchoToAnother(in IpPacketInfo info, ReadOnlySpan<byte> message)
    {
        if (!Ip.AcceptsAnyAddress || _answerEchoToAny || message.IsEmpty || info.Destination.IsMulticast || info.IsBroadcast || Ip.IsLocal(info.Destination)
            || message[0] != (info.Destination.IsV6 ? (byte)Icmpv6Type.EchoRequest : (byte)Icmpv4Type.EchoRequest))
        {
            return false;
        }

        _echoesToOthers++;
        return true;
    }
}
