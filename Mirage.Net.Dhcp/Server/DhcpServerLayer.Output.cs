using System.Text;
using Mirage.Net.Dhcp.Wire;

namespace Mirage.Net.Dhcp;

/// <content>What is answered, and to where (RFC 2131 §4.1, §4.3.1, table 3).</content>
internal sealed partial class DhcpServerLayer<TUdp, TPlatform>
{
    // All that the options allow, with the longest identifier of a client. What is usual is far below the 548 bytes that every client takes (RFC 2131 §2).
    private const int LargestMessage = 1100;
    private const uint Infinite = uint.MaxValue;

    /// <summary>Leases an address, or with none tells of the network only (RFC 2131 §4.3.5).</summary>
    private void Acknowledge(in DhcpMessage message, Ipv4Address address, string client)
    {
        if (!address.IsAny)
        {
            var until = _options.LeaseTime == Timeout.InfiniteTimeSpan ? Instant.Never : _platform.Now + _options.LeaseTime;
            _leases.Set(address, client, message.ClientHardware, until, isLease: true);
        }

        _counters = _counters with { Acknowledged = _counters.Acknowledged + 1 };
        Answer(message, DhcpMessageType.Ack, address, withTimes: !address.IsAny);
    }

    private void Refuse(in DhcpMessage message)
    {
        _counters = _counters with { Refused = _counters.Refused + 1 };
        Span<byte> buffer = stackalloc byte[LargestMessage];
        var writer = Begin(message, DhcpMessageType.Nak, default, buffer);

        // RFC 2131 §4.1: to everyone, even if the client says that it has an address, for it may be wrong; through a relay, the relay sees to that.
        var remote = message.Relay.IsAny ? new IpEndpoint(Ipv4Address.Broadcast, DhcpMessage.ClientPort) : new IpEndpoint(message.Relay, DhcpMessage.ServerPort);
        Send(remote, buffer[..writer.Finish()]);
    }

    private void Answer(in DhcpMessage message, DhcpMessageType type, Ipv4Address address, bool withTimes)
    {
        Span<byte> buffer = stackalloc byte[LargestMessage];
        var writer = Begin(message, type, address, buffer);
        if (withTimes)
        {
            writer.Add(DhcpOption.LeaseTime, _options.LeaseTime == Timeout.InfiniteTimeSpan ? Infinite : (uint)_options.LeaseTime.TotalSeconds);
        }

        writer.Add(DhcpOption.SubnetMask, _options.Address.PrefixLength == 0 ? 0 : uint.MaxValue << (32 - _options.Address.PrefixLength));
        if (_options.Routes.Count > 0)
        {
            writer.Add(DhcpOption.ClasslessRoutes, ClasslessRoutes.Write(_options.Routes));
        }

        AddAddresses(ref writer, DhcpOption.Router, _options.Routers);
        AddAddresses(ref writer, DhcpOption.DomainNameServer, _options.DnsServers);
        if (_options.DomainName is { } domain)
        {
            writer.Add(DhcpOption.DomainName, Encoding.ASCII.GetBytes(domain));
        }

        if (_options.Mtu is { } mtu)
        {
            writer.Add(DhcpOption.InterfaceMtu, mtu);
        }

        // A stack cannot send to an address that its host does not have yet, so those without one are answered through everyone.
        var remote = !message.Relay.IsAny ? new IpEndpoint(message.Relay, DhcpMessage.ServerPort)
            : new IpEndpoint(message.ClientAddress.IsAny ? Ipv4Address.Broadcast : message.ClientAddress, DhcpMessage.ClientPort);
        Send(remote, buffer[..writer.Finish()]);
    }

    private DhcpWriter Begin(in DhcpMessage message, DhcpMessageType type, Ipv4Address address, Span<byte> buffer)
    {
        var writer = new DhcpWriter(buffer, new DhcpHeader
        {
            IsReply = true,
            TransactionId = message.TransactionId,

            // A relay tells everyone of a refusal.
            Broadcast = message.Broadcast || (type == DhcpMessageType.Nak && !message.Relay.IsAny),
            ClientAddress = type == DhcpMessageType.Ack ? message.ClientAddress : default,
            YourAddress = address,
            Relay = message.Relay,
            ClientHardware = message.ClientHardware,
        });
        writer.Add(type);
        writer.Add(DhcpOption.ServerIdentifier, _own);

        // RFC 6842 §3.
        if (message.TryGet(DhcpOption.ClientIdentifier, stackalloc byte[LargestIdentifier], out var identifier))
        {
            writer.Add(DhcpOption.ClientIdentifier, identifier);
        }

        return writer;
    }

    private static void AddAddresses(ref DhcpWriter writer, DhcpOption code, IReadOnlyList<Ipv4Address> addresses)
    {
        if (addresses.Count == 0)
        {
            return;
        }

        var bytes = new byte[addresses.Count * Ipv4Address.Size];
        for (var i = 0; i < addresses.Count; i++)
        {
            addresses[i].CopyTo(bytes.AsSpan(i * Ipv4Address.Size));
        }

        writer.Add(code, bytes);
    }

    private void Send(IpEndpoint remote, ReadOnlySpan<byte> message)
    {
        if (!_udp.SendUdp(new IpEndpoint(_own, DhcpMessage.ServerPort), remote, message).IsDone)
        {
            _counters = _counters with { SendFailed = _counters.SendFailed + 1 };
        }
    }
}
