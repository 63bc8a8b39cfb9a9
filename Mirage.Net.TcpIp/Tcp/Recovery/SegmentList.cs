namespace Mirage.Net.TcpIp;

/// <summary>Some of the <see cref="SentSegments"/>, linked. Head and tail mean something only while there are any.</summary>
internal struct SegmentList
{
    public uint Head;
    public uint Tail;
    public int Count;
}
