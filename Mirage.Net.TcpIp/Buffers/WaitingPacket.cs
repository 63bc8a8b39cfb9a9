namespace Mirage.Net.TcpIp;

/// <summary>A packet that is kept, in a buffer of a <see cref="BufferPool"/>: until a neighbour is known, or until this host reads what it sent to itself.</summary>
internal readonly struct WaitingPacket(byte[] buffer, int length, FrameInfo info)
{
    public readonly byte[] Buffer = buffer;
    public readonly int Length = length;
    public readonly FrameInfo Info = info;
}
