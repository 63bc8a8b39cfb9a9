using System.Text;
using Mirage.Net.Dhcp.Wire;

namespace Mirage.Net.Dhcp;

/// <content>What leaves (RFC 2131 §4.4.1, table 5).</content>
internal sealed partial class DhcpClientLayer<TStack, TPlatform>
{
    // Identifier and name of the greatest length fit.
    private const int LargestMessage = 1024;
    private const int LeastMaximum = 576;

    private static readonly IpEndpoint Everyone = new(Ipv4Address.Broadcast, DhcpMessage.ServerPort);

    // RFC 3442: routes are asked for before routers.
    private static ReadOnlySpan<byte> Wanted =>
    [
        (byte)DhcpOption.SubnetMask, (byte)DhcpOption.ClasslessRoutes, (byte)DhcpOption.Router, (byte)DhcpOption.DomainNameServer, (byte)DhcpOption.HostName,
        (byte)DhcpOption.DomainName, (byte)DhcpOption.InterfaceMtu, (byte)DhcpOption.BroadcastAddress, (byte)DhcpOption.NtpServers, (byte)DhcpOption.LeaseTime,
        (byte)DhcpOption.ServerIdentifier, (byte)DhcpOption.RenewalTime, (byte)DhcpOption.RebindingTime,
    ];

    private void SendForState(Instant now)
    {
        if (State != DhcpState.Requesting)
        {
            // A request has the seconds of the question that was answered.
            _seconds = (ushort)Math.Min(ushort.MaxValue, (long)(now - _begun).TotalSeconds);
        }

        var own = Lease?.Address.Address.V4 ?? default;
        var header = new DhcpHeader
        {
            TransactionId = _transaction,
            Seconds = _seconds,

            // The stack takes what is for everyone before it has an address, and nothing else.
            Broadcast = Lease is null,
            ClientAddress = own,
            ClientHardware = _hardware,
        };
        Span<byte> buffer = stackalloc byte[LargestMessage];
        var writer = new DhcpWriter(buffer, header);
        writer.Add(State == DhcpState.Selecting ? DhcpMessageType.Discover : DhcpMessageType.Request);
        writer.Add(DhcpOption.ClientIdentifier, _identifier);
        switch (State)
        {
            case DhcpState.Selecting or DhcpState.Rebooting when !_wanted.IsAny:
                writer.Add(DhcpOption.RequestedAddress, _wanted);
                break;
            case DhcpState.Requesting:
                writer.Add(DhcpOption.RequestedAddress, _offer.Address);
                writer.Add(DhcpOption.ServerIdentifier, _offer.Server);
                break;
        }

        writer.Add(DhcpOption.MaximumMessageSize, (ushort)Math.Clamp(_stack.MaxPayload(Everyone.Address) + 20, LeastMaximum, ushort.MaxValue));
        writer.Add(DhcpOption.ParameterRequestList, Wanted);
        if (_options.HostName is { } name)
        {
            writer.Add(DhcpOption.HostName, Encoding.ASCII.GetBytes(name));
        }

        var remote = State == DhcpState.Renewing ? new IpEndpoint(Lease!.Server, DhcpMessage.ServerPort) : Everyone;
        Send(own, remote, buffer[..writer.Finish()]);
    }

    private void SendRelease(DhcpLease lease)
        => SendShort(DhcpMessageType.Release, lease, own: lease.Address.Address.V4, new IpEndpoint(lease.Server, DhcpMessage.ServerPort));

    private void SendDecline(DhcpLease lease) => SendShort(DhcpMessageType.Decline, lease, own: default, Everyone);

    private void SendShort(DhcpMessageType type, DhcpLease lease, Ipv4Address own, IpEndpoint remote)
    {
        var header = new DhcpHeader { TransactionId = RandomNumber(), ClientAddress = own, ClientHardware = _hardware };
        Span<byte> buffer = stackalloc byte[LargestMessage];
        var writer = new DhcpWriter(buffer, header);
        writer.Add(type);
        writer.Add(DhcpOption.ClientIdentifier, _identifier);
        writer.Add(DhcpOption.ServerIdentifier, lease.Server.V4);
        if (own.IsAny)
        {
            writer.Add(DhcpOption.RequestedAddress, lease.Address.Address.V4);
        }

        Send(own, remote, buffer[..writer.Finish()]);
    }

    private void Send(Ipv4Address own, IpEndpoint remote, ReadOnlySpan<byte> message)
    {
        var sent = _stack.SendUdp(new IpEndpoint(own, DhcpMessage.ClientPort), remote, message);
        _counters = sent.IsDone
            ? _counters with { Sent = _counters.Sent + 1 }
            : _counters with { SendFailed = _counters.SendFailed + 1 };
    }
}
