using System.Buffers.Binary;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Tcp;

/// <summary>What goes wrong on a link. Chances are of 0 to 1 for each frame.</summary>
internal sealed record Faults
{
    public double Loss { get; init; }

    public double Duplication { get; init; }

    /// <summary>How often a frame is held back for up to ten times the delay, so that later ones overtake it.</summary>
    public double Reordering { get; init; }

    public double Corruption { get; init; }

    /// <summary>How often the device says that it is full.</summary>
    public double Full { get; init; }

    /// <summary>After so many bytes the link is cut for a second, once; 0 for never.</summary>
    public long CutAfter { get; init; }

    /// <summary>Whether a middle box takes SACK and timestamps out of SYNs.</summary>
    public bool PlainOptions { get; init; }

    public TimeSpan Delay { get; init; } = TimeSpan.FromMilliseconds(2);
}

/// <summary>A device whose frames go through a bad link, of which everything follows from the loop's seed.</summary>
internal readonly struct Faulty<TNetwork>(TNetwork network, SimulatedPlatform platform, Faults faults) : INetwork
    where TNetwork : struct, INetwork
{
    private readonly TNetwork _network = network;
    private readonly State _state = new(platform, faults, network.Mtu + 14);

    public static NetworkOffload Offload => NetworkOffload.None;

    public bool IsDefault => _state is null;

    public MacAddress Mac => _network.Mac;

    public int Mtu => _network.Mtu;

    public NetworkCounters Counters => _network.Counters;

    public DeviceError Failure => _network.Failure;

    public LendStatus Rent(int length, out Span<byte> frame)
    {
        if (length > _state.Buffer.Length || _state.Chance(_state.Faults.Full))
        {
            frame = default;
            _state.Platform.Wake();
            return length > _state.Buffer.Length ? LendStatus.TooLarge : LendStatus.Full;
        }

        frame = _state.Buffer.AsSpan(0, length);
        return LendStatus.Lent;
    }

    public SendStatus Send(int length, in FrameInfo info)
    {
        var faults = _state.Faults;
        if (_state.IsCut(length) || _state.Chance(faults.Loss))
        {
            return SendStatus.Sent;
        }

        var frame = _state.Buffer[..length];
        if (faults.PlainOptions)
        {
            TakeOptionsOut(frame);
        }

        if (_state.Chance(faults.Corruption))
        {
            // Not in the Ethernet header, which has its own check.
            frame[14 + _state.Next(length - 14)] ^= (byte)(1 << _state.Next(8));
        }

        _ = Deliver(frame, faults.Delay * (_state.Chance(faults.Reordering) ? 1 + (_state.Next(100) / 10.0) : 1));
        if (_state.Chance(faults.Duplication))
        {
            _ = Deliver(frame, faults.Delay);
        }

        return SendStatus.Sent;
    }

    public void Return()
    {
    }

    public int Receive<THandler>(int budget, THandler handler)
        where THandler : struct, IFrameHandler
        => _network.Receive(budget, handler);

    public ValueTask DisconnectAsync() => _network.DisconnectAsync();

    private static void TakeOptionsOut(Span<byte> frame)
    {
        const int Ip = 14, Tcp = Ip + 20;
        if (frame.Length < Tcp + 20 || frame[12] != 8 || frame[Ip + 9] != (byte)IpProtocol.Tcp || (frame[Tcp + 13] & 2) == 0)
        {
            return;
        }

        var options = frame[(Tcp + 20)..];
        while (!options.IsEmpty && options[0] != 0)
        {
            var length = options[0] == 1 ? 1 : options[1];
            if (options[0] is 4 or 8)
            {
                options[..length].Fill(1);
            }

            options = options[length..];
        }

        var segment = frame[Tcp..];
        segment.Slice(16, 2).Clear();
        var sum = Checksum.PseudoHeader(new Ipv4Address(frame[(Ip + 12)..]), new Ipv4Address(frame[(Ip + 16)..]), IpProtocol.Tcp, segment.Length);
        BinaryPrimitives.WriteUInt16BigEndian(segment[16..], Checksum.Finish(Checksum.Sum(segment, sum)));
    }

    private async Task Deliver(byte[] frame, TimeSpan delay)
    {
        var (network, platform) = (_network, _state.Platform);
        await platform.SleepAsync(delay);
        try
        {
            if (network.Rent(frame.Length, out var span) == LendStatus.Lent)
            {
                frame.CopyTo(span);
                _ = network.Send(frame.Length, default);
            }
        }
        catch (InvalidOperationException exception)
        {
            platform.Report("link", exception);
        }
    }

    private sealed class State(SimulatedPlatform platform, Faults faults, int size)
    {
        private long _bytes;
        private Instant _cutUntil = Instant.Earliest;

        public SimulatedPlatform Platform => platform;

        public Faults Faults => faults;

        public byte[] Buffer { get; } = new byte[size];

        public bool Chance(double chance) => chance > 0 && Next(1 << 20) < chance * (1 << 20);

        public int Next(int below)
        {
            Span<byte> bytes = stackalloc byte[4];
            platform.Fill(bytes);
            return (int)(BitConverter.ToUInt32(bytes) % (uint)below);
        }

        public bool IsCut(int length)
        {
            var before = _bytes;
            _bytes += length;
            if (faults.CutAfter > 0 && before < faults.CutAfter && _bytes >= faults.CutAfter)
            {
                _cutUntil = platform.Now + TimeSpan.FromSeconds(1);
            }

            return platform.Now < _cutUntil;
        }
    }
}
