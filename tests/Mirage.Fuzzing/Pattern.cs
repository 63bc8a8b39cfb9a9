using Mirage.Net.TcpIp.Wire;

namespace Mirage.Fuzzing;

/// <summary>Text whose every byte follows from its place, so that a byte that is lost, doubled or moved shows.</summary>
internal static class Pattern
{
    /// <summary>The byte that the peer sends at a sequence number.</summary>
    public static byte At(SequenceNumber sequence) => (byte)((sequence.Value * 167) ^ (sequence.Value >> 7) ^ (sequence.Value >> 16));

    public static byte[] From(SequenceNumber sequence, int length)
    {
        var text = new byte[length];
        for (var i = 0; i < length; i++)
        {
            text[i] = At(sequence + i);
        }

        return text;
    }
}
