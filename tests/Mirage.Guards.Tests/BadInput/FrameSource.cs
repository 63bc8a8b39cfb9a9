using System.Buffers.Binary;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Guards.Tests.BadInput;

/// <summary>Frames from a seed: good ones of every protocol, most of which are then spoilt, and noise.</summary>
internal sealed class FrameSource(Attacker attacker, int seed)
{
    private const ushort EchoPort = 7;
    private const ushort ClosedPort = 4;
    private const int MaxPayload = 1200;

    // No operation, record route (RFC 791), timestamp, router alert (RFC 2113), and one that nobody knows.
    private static readonly byte[][] _ipOptions =
    [
        [1, 7, 7, 4, 0, 0, 0, 0], [68, 8, 5, 0, 0, 0, 0, 0], [148, 4, 0, 0], [1, 1, 1, 0], [131, 7, 4, 10, 0, 0, 1, 0], [137, 3, 4, 0], [200, 4, 1, 2],
    ];

    private readonly Random _random = new(seed);
    private readonly FrameBuilder _frame = new();
    private readonly byte[] _payload = new byte[MaxPayload];
    private int _cut;

    public ReadOnlySpan<byte> Next()
    {
        _random.NextBytes(_payload.AsSpan(0, 64));
        Write(_random.Next(16));
        if (_random.Next(4) > 0)
        {
            Spoil(_random.Next(6));
        }

        return _frame.Frame;
    }

    private void Write(int kind)
    {
        var payload = _payload.AsSpan(0, _random.Next(8) == 0 ? _random.Next(MaxPayload) : _random.Next(64));
        switch (kind)
        {
            case 0:
                _frame.Ethernet(attacker.Target, attacker.Device.Mac, (EtherType)_random.Next(ushort.MaxValue)).Bytes(payload);
                break;
            case 1:
                var operation = _random.Next(2) == 0 ? ArpOperation.Request : ArpOperation.Reply;
                _frame.Ethernet(_random.Next(2) == 0 ? MacAddress.Broadcast : attacker.Target, attacker.Device.Mac, EtherType.Arp)
                    .Arp(operation, attacker.Device.Mac, Attacker.Address, default, Network.ServerAddress.V4);
                break;
            case 2 or 3:
                Ip(IpProtocol.Icmp).Echo((uint)_random.Next(), payload).Complete();
                break;
            case 4 or 5:
                Ip(IpProtocol.Udp).Udp((ushort)_random.Next(1, 65_536), EchoPort, payload).Complete();
                break;
            case 6:
                Ip(IpProtocol.Udp).Udp((ushort)_random.Next(1, 65_536), ClosedPort, payload).Complete();
                break;
            case 7:
                Ip((IpProtocol)_random.Next(256)).Bytes(payload).Complete();
                break;
            case 8:
                Segment(ClosedPort, (TcpFlags)_random.Next(256), Ack(), payload);
                break;
            case 9:
                // All of its bytes are noise, but for the addresses half of the time.
                _random.NextBytes(payload);
                _frame.Ethernet(_random.Next(2) == 0 ? attacker.Target : new MacAddress(_payload.AsSpan(0, 6)), attacker.Device.Mac, (EtherType)_random.Next(ushort.MaxValue))
                    .Bytes(payload);
                break;
            default:
                WriteTcp(kind, payload);
                break;
        }
    }

    private void WriteTcp(int kind, ReadOnlySpan<byte> payload)
    {
        if (attacker.MayBegin)
        {
            var sequence = new SequenceNumber((uint)_random.NextInt64(uint.MaxValue));
            attacker.Begin((ushort)_random.Next(1024, 65_536), sequence);
            var options = new TcpOptions
            {
                MaximumSegmentSize = 1460, SackPermitted = true, HasWindowScale = true, WindowScale = 7, HasTimestamp = true, TimestampValue = attacker.Timestamp,
            };
            Ip(IpProtocol.Tcp).Tcp(attacker.Port, EchoPort, sequence, default, TcpFlags.Syn, options, default).Complete();
            return;
        }

        var withSack = Ack();
        withSack.AddSack(attacker.PeerNext - _random.Next(3000), attacker.PeerNext + _random.Next(-1500, 100));
        withSack.AddSack(attacker.PeerNext - _random.Next(3000), attacker.PeerNext + _random.Next(-1500, 100));
        switch (kind)
        {
            case 10 or 11:
                Segment(EchoPort, TcpFlags.Ack | TcpFlags.Psh, Ack(), payload);
                break;
            case 12:
                Segment(EchoPort, TcpFlags.Ack, withSack, payload, _random.Next(-2000, 100_000));
                break;
            case 13:
                Segment(EchoPort, TcpFlags.Ack, withSack, default, 0, _random.Next(-3000, 3000));
                break;
            case 14:
                Segment(EchoPort, (TcpFlags)_random.Next(256), Ack(), payload, _random.Next(-10, 10));
                break;
            default:
                Segment(EchoPort, TcpFlags.Ack | (_random.Next(3) == 0 ? TcpFlags.Fin : 0) | (_random.Next(6) == 0 ? TcpFlags.Rst : 0), Ack(), payload);
                break;
        }
    }

    private TcpOptions Ack() => new() { HasTimestamp = true, TimestampValue = attacker.Timestamp, TimestampEcho = attacker.PeerTimestamp };

    private void Segment(ushort port, TcpFlags flags, in TcpOptions options, ReadOnlySpan<byte> payload, int offset = 0, int acknowledged = 0)
        => Ip(IpProtocol.Tcp).Tcp(attacker.Port, port, attacker.Next + offset, attacker.PeerNext + acknowledged, flags, options, payload).Complete();

    private FrameBuilder Ip(IpProtocol protocol)
    {
        var options = _random.Next(6) == 0 ? _ipOptions[_random.Next(_ipOptions.Length)] : [];
        return _frame.Ethernet(attacker.Target, attacker.Device.Mac, EtherType.Ipv4).Ipv4(Attacker.Header(protocol), options);
    }

    private void Spoil(int how)
    {
        var frame = _frame.Frame;
        var headers = Math.Min(frame.Length, 14 + 60 + 60);
        switch (how)
        {
            case 0:
                // Each length comes in its turn.
                _frame.Cut(EthernetFrame.HeaderSize + (_cut++ % (frame.Length - EthernetFrame.HeaderSize + 1)));
                break;
            case 1 or 2:
                frame[_random.Next(headers)] ^= (byte)(1 << _random.Next(8));
                break;
            case 3:
                for (var i = _random.Next(1, 5); i > 0; i--)
                {
                    frame[_random.Next(headers)] = (byte)_random.Next(256);
                }

                break;
            case 4:
                // A field on its own: the first and the last values.
                var field = _random.Next(6, (headers / 2) - 1) * 2;
                BinaryPrimitives.WriteUInt16BigEndian(frame[field..], (ushort)(_random.Next(2) == 0 ? _random.Next(4) : ushort.MaxValue - _random.Next(4)));
                break;
            default:
                // The lengths in the headers: of IPv4's, of the packet, of TCP's header, of options.
                int[] lengths = [14, 16, 17, 46, 55, 57, 59, 61];
                frame[Math.Min(lengths[_random.Next(lengths.Length)], frame.Length - 1)] = (byte)_random.Next(256);
                break;
        }

        if (_random.Next(2) == 0)
        {
            _frame.Complete(lengths: false);
        }
    }
}
