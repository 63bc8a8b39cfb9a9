using Mirage.Net.TcpIp.Wire;

namespace Mirage.Fuzzing;

/// <summary>What the opponent knows of one TCP connection with the stack: where each side is.</summary>
internal sealed class Conversation(IpEndpoint opponent, IpEndpoint stack)
{
    public IpEndpoint Opponent => opponent;

    public IpEndpoint Stack => stack;

    /// <summary>The opponent's next sequence number.</summary>
    public SequenceNumber Next { get; set; }

    /// <summary>What the stack has sent up to now.</summary>
    public SequenceNumber StackNext { get; set; }

    /// <summary>What the stack acknowledges.</summary>
    public SequenceNumber StackAcknowledges { get; set; }

    public bool HasTimestamps { get; set; }

    public uint StackTimestamp { get; set; }

    public bool IsEcn { get; set; }
}
