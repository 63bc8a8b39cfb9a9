using System.Buffers.Binary;

namespace Mirage.Scenarios.Tests;

/// <summary>A device behind a middle box that takes SACK and timestamps out of SYNs that arrive, as some firewalls do.</summary>
internal readonly struct Middlebox<TNetwork>(TNetwork network, bool isActive) : INetwork
    where TNetwork : struct, INetwork
{
    private readonly TNetwork _network = network;

    public static NetworkOffload Offload => TNetwork.Offload;

    public bool IsDefault => _network.IsDefault;

    public MacAddress Mac => _network.Mac;

    public int Mtu => _network.Mtu;

    public NetworkCounters Counters => _network.Counters;

    public DeviceError Failure => _network.Failure;

    public LendStatus Rent(int length, out Span<byte> frame) => _network.Rent(length, out frame);

    public SendStatus Send(int length, in FrameInfo info) => _network.Send(length, in info);

    public void Return() => _network.Return();

    public int Receive<THandler>(int budget, THandler handler)
        where THandler : struct, IFrameHandler
        => isActive ? _network.Receive(budget, new Stripping<THandler>(handler)) : _network.Receive(budget, handler);

    public ValueTask DisconnectAsync() => _network.DisconnectAsync();

    private readonly struct Stripping<THandler>(THandler handler) : IFrameHandler
        where THandler : struct, IFrameHandler
    {
        private const int Ethernet = 14;
        private const byte TcpProtocol = 6;
        private const byte Syn = 2;
        private const byte NoOperation = 1;

        public void OnFrame(ReadOnlySpan<byte> frame, in FrameInfo info)
        {
            var transport = frame.Length >= Ethernet + 40 ? Transport(frame) : 0;
            if (transport == 0 || frame.Length < transport + 20 || (frame[transport + 13] & Syn) == 0)
            {
                handler.OnFrame(frame, in info);
                return;
            }

            var copy = frame.ToArray();
            Strip(copy.AsSpan(transport));
            handler.OnFrame(copy, in info);
        }

        // Where TCP begins, if the frame carries it; both IP headers here have no options.
        private static int Transport(ReadOnlySpan<byte> frame) => BinaryPrimitives.ReadUInt16BigEndian(frame[12..]) switch
        {
            (ushort)EtherType.Ipv4 when frame[Ethernet + 9] == TcpProtocol => Ethernet + 20,
            (ushort)EtherType.Ipv6 when frame[Ethernet + 6] == TcpProtocol => Ethernet + 40,
            _ => 0,
        };

        private static void Strip(Span<byte> segment)
        {
            const int Sack = 4, Timestamps = 8;

            // A damaged SYN may say anything of its lengths.
            var end = Math.Min((segment[12] >> 4) * 4, segment.Length & ~1);
            for (var at = 20; at + 1 < end && segment[at] != 0;)
            {
                var length = segment[at] == NoOperation ? 1 : Math.Max(1, (int)segment[at + 1]);
                if (segment[at] is Sack or Timestamps)
                {
                    for (var i = at; i < Math.Min(at + length, end); i++)
                    {
                        Replace(segment, i, NoOperation);
                    }
                }

                at += length;
            }
        }

        // RFC 1624: HC' = ~(~HC + ~m + m'), for the 16 bits that the byte is in.
        private static void Replace(Span<byte> segment, int at, byte value)
        {
            var word = segment[(at & ~1)..];
            var before = BinaryPrimitives.ReadUInt16BigEndian(word);
            segment[at] = value;
            var after = BinaryPrimitives.ReadUInt16BigEndian(word);
            var sum = (uint)(ushort)~BinaryPrimitives.ReadUInt16BigEndian(segment[16..]) + (ushort)~before + after;
            sum = (sum & 0xffff) + (sum >> 16);
            sum = (sum & 0xffff) + (sum >> 16);
            BinaryPrimitives.WriteUInt16BigEndian(segment[16..], (ushort)~sum);
        }
    }
}
