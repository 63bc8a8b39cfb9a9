using System.Buffers.Binary;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>
/// Multicast listener discovery: switches and routers hear which groups this host is in (RFC 3810 §6; RFC 2710 while a router of that version is on the link). Sources are not
/// filtered, so each group is "all sources", the state EXCLUDE with none.
/// </summary>
internal sealed partial class Ipv6Layer<TLink, TPlatform>
{
    // RFC 3810 §9.1, §9.11; RFC 2710 §7.10.
    private const int Robustness = 2;
    private const byte ModeIsExclude = 2, ChangeToInclude = 3, ChangeToExclude = 4;
    private static readonly TimeSpan UnsolicitedReportInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan UnsolicitedReportIntervalV1 = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan OlderVersionTime = TimeSpan.FromSeconds((Robustness * 125) + 10);

    // A flood of questions that ask for answers at once gets no flood of answers for each group.
    private static readonly TimeSpan LeastAnswerInterval = TimeSpan.FromMilliseconds(100);

    private Instant _listenersDue = Instant.Never;
    private int _leaving;
    private Instant _olderVersionUntil = Instant.Earliest;

    /// <summary>Takes a router's question (RFC 3810 §6.2).</summary>
    public void InputListenerQuery(in IpPacketInfo info, ReadOnlySpan<byte> message)
    {
        if ((Icmpv6Type)message[0] != Icmpv6Type.ListenerQuery || !ListenerQuery.TryParse(info, message, out var query))
        {
            return;
        }

        var now = platform.Now;
        if (query.IsVersion1)
        {
            // §8.2.1.
            _olderVersionUntil = now + OlderVersionTime;
        }

        _counters = _counters with { ListenerQueries = _counters.ListenerQueries + 1 };
        foreach (var membership in _groups.Values)
        {
            if (membership.Joins > 0 && IsReported(membership.Group) && (query.Group.IsAny || query.Group == membership.Group))
            {
                membership.IsAsked = true;
                var answerAt = now + RandomUpTo(query.MaxResponseTime);
                SetDue(membership, Instant.Min(membership.Due, answerAt < membership.AnswersFrom ? membership.AnswersFrom : answerAt));
            }
        }
    }

    private void OnJoined(Membership membership)
    {
        if (IsReported(membership.Group))
        {
            membership.Changes = Robustness;

            // RFC 4862 §5.4.2: with the first message after the start others may start too.
            SetDue(membership, platform.Now + RandomUpTo(_sent == 0 ? UnsolicitedReportInterval : TimeSpan.Zero));
        }
    }

    private void OnLeft(Membership membership)
    {
        membership.IsAsked = false;

        // Where too many are told of already, routers find out by asking.
        if (IsReported(membership.Group) && _leaving < limits.MaxGroups)
        {
            _leaving++;
            membership.Changes = Robustness;
            SetDue(membership, platform.Now);
        }
        else
        {
            _ = _groups.Remove(membership.Group);
        }
    }

    /// <summary>RFC 3810 §6: not all nodes, nor what does not leave this host.</summary>
    private static bool IsReported(in Ipv6Address group) => AddressSelection.Scope(group) > 1 && group != Ipv6Groups.AllNodes;

    private void SetDue(Membership membership, Instant due)
    {
        membership.Due = due;
        _listenersDue = Instant.Min(_listenersDue, due);
    }

    private Instant RunListenerTimers(Instant now)
    {
        if (now < _listenersDue)
        {
            return _listenersDue;
        }

        _listenersDue = Instant.Never;
        foreach (var membership in _groups.Values)
        {
            if (membership.Due <= now)
            {
                Report(membership, now);
            }

            _listenersDue = Instant.Min(_listenersDue, membership.Due);
            if (membership is { Joins: 0, Changes: 0 })
            {
                // Allowed while enumerating.
                _ = _groups.Remove(membership.Group);
                _leaving--;
            }
        }

        return _listenersDue;
    }

    private void Report(Membership membership, Instant now)
    {
        var isOlder = now < _olderVersionUntil;
        if (membership.IsAsked)
        {
            membership.IsAsked = false;
            membership.AnswersFrom = now + LeastAnswerInterval;
            SendReport(membership, isOlder, ModeIsExclude);
        }

        if (membership.Changes > 0)
        {
            membership.Changes--;
            SendReport(membership, isOlder, membership.Joins > 0 ? ChangeToExclude : ChangeToInclude);
        }

        membership.Due = membership.Changes > 0
            ? now + RandomUpTo(isOlder ? UnsolicitedReportIntervalV1 : UnsolicitedReportInterval)
            : Instant.Never;
    }

    private void SendReport(Membership membership, bool isOlder, byte record)
    {
        // RFC 3810 §5.2.13, RFC 3590 §4: from the link-local address, or from none while it may not be used. A link without any has no routers to tell: a packet device.
        if (Array.Find(_addresses, own => own.Address.IsLinkLocal) is not { } own)
        {
            return;
        }

        var source = own.IsReady ? own.Address : default;
        var type = !isOlder ? Icmpv6Type.ListenerReportV2 : membership.Joins > 0 ? Icmpv6Type.ListenerReport : Icmpv6Type.ListenerDone;
        var destination = type switch
        {
            Icmpv6Type.ListenerReportV2 => Ipv6Groups.AllMldV2Routers,
            Icmpv6Type.ListenerReport => membership.Group,
            _ => Ipv6Groups.AllRouters,
        };
        var info = new IpPacketInfo { Source = source, Destination = destination, Protocol = IpProtocol.HopByHopOptions, TimeToLive = 1 };
        var length = isOlder ? ListenerReport.SizeV1 : ListenerReport.Size;
        if (Rent(info, length, out var payload) == LendStatus.Lent)
        {
            ListenerReport.Write(source, destination, payload, type, record, membership.Group);
            if (Send(default) == SendStatus.Sent)
            {
                _counters = _counters with { ListenerReports = _counters.ListenerReports + 1 };
            }
        }
    }

    private TimeSpan RandomUpTo(TimeSpan most)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        platform.Fill(bytes);
        return most * (BinaryPrimitives.ReadUInt32LittleEndian(bytes) / (double)uint.MaxValue);
    }
}
