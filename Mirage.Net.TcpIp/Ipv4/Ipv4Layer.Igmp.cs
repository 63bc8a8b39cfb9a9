using System.Runtime.InteropServices;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>Tells the link's routers which groups this host is in (RFC 3376, RFC 2236).</summary>
internal sealed partial class Ipv4Layer<TLink, TPlatform>
{
    private static readonly Ipv4Address AllRouters = new(224, 0, 0, 2);
    private static readonly Ipv4Address AllReportReceivers = new(224, 0, 0, 22);

    private readonly GroupReports<TPlatform> _reports = new(platform, limits.MaxGroups);
    private readonly List<IgmpRecordOf> _records = [];
    private IgmpCounters _igmp;

    private void InputIgmp(in Ipv4Packet parsed)
    {
        _igmp = _igmp with { Received = _igmp.Received + 1 };

        // RFC 3376 §4: it never passes a router.
        if (parsed.TimeToLive != 1 || !IgmpMessage.TryParse(parsed.Payload, out var message))
        {
            _igmp = _igmp with { Malformed = _igmp.Malformed + 1 };
            return;
        }

        switch (message.Type)
        {
            case IgmpType.Query:
                InputQuery(parsed, message);
                break;
            case IgmpType.ReportV1 or IgmpType.ReportV2:
                var isHeard = _reports.HeardReport(message.Group, platform.Now);
                _igmp = _igmp with { Suppressed = _igmp.Suppressed + (isHeard ? 1 : 0) };
                break;
        }
    }

    private void InputQuery(in Ipv4Packet parsed, in IgmpMessage message)
    {
        // RFC 3376 §9.1: a general query goes to all hosts, and versions 2 and 3 have the Router Alert option; a forged one could come from farther away.
        var isGeneral = message.Group.IsAny;
        if ((isGeneral && parsed.Destination != Ipv4Address.AllHosts) || (message.QueryVersion > 1 && !parsed.HasRouterAlert))
        {
            _igmp = _igmp with { Malformed = _igmp.Malformed + 1 };
            return;
        }

        _igmp = _igmp with { Queries = _igmp.Queries + 1 };
        _reports.Query(message.Group, message.QueryVersion, message.MaxResponse, platform.Now);
    }

    /// <summary>Says what is to be said of groups.</summary>
    private Instant SendReports(Instant now)
    {
        if (_reports.Due <= now)
        {
            _reports.Take(now, _records);
            var version = _reports.VersionAt(now);
            if (version == 3)
            {
                SendReportsV3();
            }
            else
            {
                foreach (var record in _records)
                {
                    SendReport(record, version);
                }
            }

            _records.Clear();
        }

        return _reports.Due;
    }

    private void SendReportsV3()
    {
        var most = (LinkMtu - Ipv4Packet.HeaderSize - Ipv4Packet.RouterAlertSize - IgmpMessage.HeaderSize) / IgmpMessage.RecordSize;
        var left = CollectionsMarshal.AsSpan(_records);
        while (!left.IsEmpty && most > 0)
        {
            var part = left[..Math.Min(most, left.Length)];
            left = left[part.Length..];
            if (RentIgmp(AllReportReceivers, IgmpMessage.HeaderSize + (part.Length * IgmpMessage.RecordSize), out var message))
            {
                var records = new IgmpRecord[part.Length];
                for (var i = 0; i < part.Length; i++)
                {
                    var type = !part[i].IsChange ? IgmpRecordType.IsExclude : part[i].IsMember ? IgmpRecordType.ToExclude : IgmpRecordType.ToInclude;
                    records[i] = new IgmpRecord(type, part[i].Group);
                }

                IgmpMessage.WriteReport(message, records);
                SendIgmp();
            }
        }
    }

    /// <summary>RFC 2236 §3: a report goes to its group, a leave to the routers; version 1 has no leave.</summary>
    private void SendReport(in IgmpRecordOf record, int version)
    {
        var isLeave = record is { IsMember: false };
        if ((isLeave && version == 1) || !RentIgmp(isLeave ? AllRouters : record.Group, IgmpMessage.HeaderSize, out var message))
        {
            return;
        }

        IgmpMessage.Write(message, isLeave ? IgmpType.LeaveV2 : version == 2 ? IgmpType.ReportV2 : IgmpType.ReportV1, 0, record.Group);
        SendIgmp();
    }

    private bool RentIgmp(Ipv4Address destination, int length, out Span<byte> message)
    {
        length += Ipv4Packet.HeaderSize + Ipv4Packet.RouterAlertSize;
        message = default;
        if (_link.Rent(destination, length, out var packet) != LendStatus.Lent)
        {
            return false;
        }

        // RFC 3376 §4: a TTL of 1, internetwork control as precedence, the Router Alert option (RFC 2113).
        _lentLength = length;
        Ipv4Packet.WriteWithRouterAlert(packet, new Ipv4Header
        {
            TrafficClass = 0xc0,
            TotalLength = (ushort)length,
            DontFragment = true,
            TimeToLive = 1,
            Protocol = IpProtocol.Igmp,
            Source = _addresses.Length > 0 ? _addresses[0].Address.V4 : Ipv4Address.Any,
            Destination = destination,
        });
        message = packet[(Ipv4Packet.HeaderSize + Ipv4Packet.RouterAlertSize)..];
        return true;
    }

    private void SendIgmp()
    {
        if (_link.Send(_lentLength, default) == SendStatus.Sent)
        {
            _igmp = _igmp with { Sent = _igmp.Sent + 1 };
        }
    }
}
