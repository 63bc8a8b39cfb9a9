using Mirage.Net.TcpIp.Wire;

namespace Mirage.Fuzzing;

internal sealed partial class FrameSource
{
    private static readonly TcpFlags[] _flags =
    [
        TcpFlags.Ack, TcpFlags.Ack, TcpFlags.Ack, TcpFlags.Ack | TcpFlags.Psh, TcpFlags.Ack | TcpFlags.Fin, TcpFlags.Syn | TcpFlags.Ack, TcpFlags.Rst, TcpFlags.Rst | TcpFlags.Ack,
        TcpFlags.Syn, 0, TcpFlags.Ack | TcpFlags.Urg,
    ];

    private void OpenConnection()
    {
        var host = input.Choose(Opponent.Hosts);
        var source = new IpEndpoint(host, (ushort)(1 + input.Below(8)));
        var conversation = opponent.Open(source, new IpEndpoint(Opponent.StackFor(host), input.Below(8) == 0 ? (ushort)81 : Opponent.StackPort));
        conversation.HasTimestamps = input.Below(2) == 0;
        conversation.Next = new SequenceNumber(input.Choose(0u, uint.MaxValue - 100, int.MaxValue - 100u, input.Field32()));
        var options = new TcpOptions
        {
            MaximumSegmentSize = input.Choose((ushort)0, (ushort)1460, (ushort)536, (ushort)1, (ushort)65535),
            SackPermitted = input.Below(4) != 0,
            HasWindowScale = input.Below(4) != 0,
            WindowScale = (byte)input.Below(15),
            HasTimestamp = conversation.HasTimestamps,
            TimestampValue = Timestamp(),
        };
        SendSegment(conversation, conversation.Next, default, TcpFlags.Syn | (input.Below(4) == 0 ? (TcpFlags)0xc0 : 0), options, 0);
    }

    private void Segment()
    {
        if (opponent.Conversations.Count == 0)
        {
            OpenConnection();
            return;
        }

        var conversation = opponent.Conversations[input.Below(opponent.Conversations.Count)];
        var near = input.Below(4) != 0;
        var exact = near && input.Below(2) == 0;
        var flags = near ? TcpFlags.Ack : _flags[input.Below(_flags.Length)];
        var sequence = conversation.Next + (exact ? 0 : input.Choose(0, 0, 0, 0, 1, -1, 1460, -1460, 2920, 20_000, 100_000, int.MinValue));
        var acknowledgement = conversation.StackNext + (exact ? 0 : input.Choose(0, 0, 0, 0, -1, 1, -1460, -536, -5000, 100_000, int.MinValue));
        var options = new TcpOptions
        {
            HasTimestamp = conversation.HasTimestamps && input.Below(16) != 0,
            TimestampValue = Timestamp(),
            TimestampEcho = conversation.StackTimestamp - (uint)input.Choose(0, 0, 0, 10, -100),
        };
        for (var i = input.Below(8) < 3 ? input.Below(4) : 0; i > 0; i--)
        {
            var start = acknowledgement + input.Choose(0, 536, 1000, 1460, 2920, -2000);
            options.AddSack(start, start + input.Choose(1, 536, 1460, 5000, -1));
        }

        SendSegment(conversation, sequence, acknowledgement, flags | (input.Below(16) == 0 ? (TcpFlags)0x40 : 0), options, input.Choose(0, 0, 0, 1, 100, 1000, 1400));
    }

    private void SendSegment(Conversation conversation, SequenceNumber sequence, SequenceNumber acknowledgement, TcpFlags flags, in TcpOptions options, int length)
    {
        var textAt = (flags & TcpFlags.Syn) != 0 ? sequence + 1 : sequence;
        var segment = Frames.Tcp(
            conversation.Opponent.Port,
            conversation.Stack.Port,
            sequence,
            acknowledgement,
            flags,
            input.Choose((ushort)65_000, (ushort)65_000, (ushort)0, (ushort)1, (ushort)500, (ushort)3000),
            options,
            Pattern.From(textAt, length));
        SendMessage(conversation.Opponent.Address, conversation.Stack.Address, IpProtocol.Tcp, segment);
    }

    // A clock of its own that mostly goes forward.
    private uint Timestamp() => _timestamp += (uint)input.Choose(0, 1, 1, 5, 100, -3);

    private uint _timestamp = 5000;
}
