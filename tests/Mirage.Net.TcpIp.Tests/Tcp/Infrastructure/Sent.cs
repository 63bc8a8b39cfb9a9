using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Tcp;

/// <summary>A segment that the stack sent, and when, in milliseconds of virtual time.</summary>
internal sealed record Sent(double At, ushort From, ushort To, uint RawSequence, uint RawAcknowledgement, TcpFlags Flags, ushort Window, TcpOptions Options, byte[] RawOptions, byte[] Payload)
{
    /// <summary>The sequence number relative to the stack's first.</summary>
    public long Seq { get; init; }

    /// <summary>The acknowledgement relative to the peer's first sequence number.</summary>
    public long Ack { get; init; }

    /// <summary>From the IP header.</summary>
    public byte TrafficClass { get; init; }

    /// <summary>The kinds of its options in their order, without padding.</summary>
    public string OptionKinds
    {
        get
        {
            var kinds = new List<int>();
            for (var i = 0; i < RawOptions.Length; i += RawOptions[i] < 2 ? 1 : RawOptions[i + 1])
            {
                if (RawOptions[i] > 1)
                {
                    kinds.Add(RawOptions[i]);
                }
            }

            return string.Join(' ', kinds);
        }
    }

    /// <summary>The SACK blocks relative to the peer's first sequence number.</summary>
    public string Sack(uint iss) => string.Join(' ', Enumerable.Range(0, Options.SackCount).Select(Options.GetSack).Select(b => $"{(int)(b.Start.Value - iss)}-{(int)(b.End.Value - iss)}"));

    public override string ToString() => $"{At} ms: {From} > {To} {Flags} seq {Seq} ack {Ack} length {Payload.Length} window {Window} options [{OptionKinds}]";
}
