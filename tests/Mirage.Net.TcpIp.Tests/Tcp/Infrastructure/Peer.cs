using System.Buffers.Binary;
using System.Text;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Tcp;

/// <summary>One connection of the raw host's. Sequence numbers are relative: SEQ to the sender's first, ACK to the other's.</summary>
internal sealed class Peer(Script script, ushort port, ushort stackPort, uint iss)
{
    private readonly uint _iss = iss;
    private uint _stackIss;
    private bool _hasStackIss;

    public uint Iss => _iss;

    public uint StackIss => _stackIss;

    public ushort Port => port;

    public ushort StackPort => stackPort;

    /// <summary>Whether what it sends without options has timestamps: its clock, and an echo of the last that it got.</summary>
    public bool HasTimestamps { get; set; }

    /// <summary>In the IP header of what it sends.</summary>
    public byte TrafficClass { get; set; }

    public uint Timestamp { get; set; } = 500;

    public uint Echo { get; set; }

    public static byte[] Bytes(int length, int from = 0) => [.. Enumerable.Range(from, length).Select(i => (byte)(i * 7 % 251))];

    public void Send(TcpFlags flags, long seq = 1, long ack = 1, ushort window = 65_535, string? text = null, byte[]? data = null, TcpOptions? options = null)
        => SendRaw(flags, _iss + (uint)seq, (flags & TcpFlags.Ack) != 0 ? _stackIss + (uint)ack : 0, window, data ?? Encoding.ASCII.GetBytes(text ?? ""), options);

    public void SendRaw(TcpFlags flags, uint sequence, uint acknowledgement, ushort window, byte[] data, TcpOptions? options = null, bool corrupt = false)
    {
        var own = options ?? default;
        if (options is null && HasTimestamps)
        {
            own = new TcpOptions { HasTimestamp = true, TimestampValue = Timestamp, TimestampEcho = Echo };
        }

        var header = TcpSegment.HeaderSize + own.Length;
        var segment = new byte[header + data.Length];
        TcpSegment.WriteHeader(segment, port, stackPort, new(sequence), new(acknowledgement), flags, window, header);
        _ = own.Write(segment.AsSpan(TcpSegment.HeaderSize));
        data.CopyTo(segment.AsSpan(header));
        var sum = InternetChecksum.Sum(segment, InternetChecksum.PseudoHeader(Script.PeerAddress, Script.StackAddress, IpProtocol.Tcp, segment.Length));
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(16), (ushort)(InternetChecksum.Finish(sum) ^ (corrupt ? 0x0101 : 0)));
        script.Host.SendIp(
            new Ipv4Header
            {
                TotalLength = (ushort)(Ipv4Packet.HeaderSize + segment.Length),
                TimeToLive = 64,
                TrafficClass = TrafficClass,
                Protocol = IpProtocol.Tcp,
                Source = Script.PeerAddress,
                Destination = Script.StackAddress,
            },
            segment);
    }

    /// <summary>The next segment of the stack's, whatever it is.</summary>
    public async Task<Sent> Next(TimeSpan? limit = null)
    {
        var sent = await script.Host.NextSegmentAsync(limit ?? Script.Patience);
        Assert.True(sent is not null, $"at {script.Now} ms: the stack sends nothing");
        Assert.Equal((stackPort, port), (sent.From, sent.To));
        if (!_hasStackIss && (sent.Flags & TcpFlags.Syn) != 0)
        {
            _hasStackIss = true;
            _stackIss = sent.RawSequence;
        }

        if (sent.Options.HasTimestamp)
        {
            Echo = sent.Options.TimestampValue;
        }

        return sent with { Seq = (int)(sent.RawSequence - _stackIss), Ack = (sent.Flags & TcpFlags.Ack) != 0 ? (int)(sent.RawAcknowledgement - _iss) : 0 };
    }

    /// <summary>Expects the next segment to be this. PSH is not looked at.</summary>
    public async Task<Sent> Expect(TcpFlags flags, long? seq = null, long? ack = null, int? length = 0, double? at = null, string? text = null, int? window = null)
    {
        var sent = await Next();
        Check(sent, flags == (sent.Flags & ~TcpFlags.Psh), $"{flags}");
        Check(sent, seq is null || seq == sent.Seq, $"seq {seq}");
        Check(sent, ack is null || ack == sent.Ack, $"ack {ack}");
        Check(sent, text is not null || length is null || length == sent.Payload.Length, $"length {length}");
        Check(sent, text is null || text == Encoding.ASCII.GetString(sent.Payload), $"text {text}");
        Check(sent, at is null || Math.Abs(at.Value - sent.At) < 1.5, $"at {at} ms");
        Check(sent, window is null || window == sent.Window, $"window {window}");
        return sent;
    }

    /// <summary>Expects that the stack sends nothing for a time.</summary>
    public async Task ExpectNothing(double milliseconds = 0.5)
    {
        if (await script.Host.NextSegmentAsync(TimeSpan.FromMilliseconds(milliseconds)) is { } sent)
        {
            Assert.Fail($"expected nothing, got {sent with { Seq = (int)(sent.RawSequence - _stackIss), Ack = (int)(sent.RawAcknowledgement - _iss) }}");
        }
    }

    private static void Check(Sent sent, bool isRight, string expected)
        => Assert.True(isRight, $"expected {expected}, got {sent}");
}
