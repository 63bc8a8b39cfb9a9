using System.Buffers.Binary;

namespace Mirage.Net.Dns.Wire;

/// <summary>Which part of a message a record belongs to.</summary>
public enum DnsSection : byte
{
    /// <summary>The answer.</summary>
    Answer = 1,

    /// <summary>Who is responsible.</summary>
    Authority = 2,

    /// <summary>What may be of use.</summary>
    Additional = 3,
}

/// <summary>Writes a message: questions, then records in the order of the sections. Names are written in full.</summary>
public ref struct DnsWriter
{
    private readonly Span<byte> _buffer;

    /// <summary>Begins a question: one for a server that is to ask others.</summary>
    /// <param name="buffer">Where to; at least 12 bytes.</param>
    /// <param name="id">What joins the answer to it.</param>
    public DnsWriter(Span<byte> buffer, ushort id)
        : this(buffer, id, DnsMessage.RecursionDesiredFlag)
    {
    }

    /// <summary>Begins an answer.</summary>
    /// <param name="buffer">Where to; at least 12 bytes.</param>
    /// <param name="id">The question's.</param>
    /// <param name="code">How the question is answered: the four lower bits.</param>
    /// <param name="truncated">Whether something does not fit.</param>
    public DnsWriter(Span<byte> buffer, ushort id, DnsResponseCode code, bool truncated = false)
        : this(buffer, id, (ushort)(DnsMessage.ResponseFlag | DnsMessage.RecursionDesiredFlag | 0x80 | (truncated ? DnsMessage.TruncatedFlag : 0) | ((int)code & 0xf)))
    {
    }

    private DnsWriter(Span<byte> buffer, ushort id, ushort flags)
    {
        _buffer = buffer;
        buffer[..DnsMessage.HeaderSize].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(buffer, id);
        BinaryPrimitives.WriteUInt16BigEndian(buffer[2..], flags);
        Length = DnsMessage.HeaderSize;
    }

    /// <summary>How many bytes were written.</summary>
    public int Length { get; private set; }

    /// <summary>Whether something did not fit and was left out.</summary>
    public bool Overflowed { get; private set; }

    /// <summary>Adds a question.</summary>
    /// <param name="name">About which name.</param>
    /// <param name="type">For which records.</param>
    public void AddQuestion(DomainName name, DnsRecordType type)
    {
        if (!HasRoom(name.Wire.Length + 4))
        {
            return;
        }

        Put(name.Wire);
        Put((ushort)type);
        Put(DnsMessage.Internet);
        Count(0);
    }

    /// <summary>Adds a record.</summary>
    /// <param name="section">To which part; not to an earlier one than the last.</param>
    /// <param name="name">The name that it belongs to.</param>
    /// <param name="type">What it holds.</param>
    /// <param name="timeToLive">How long it may be remembered, in seconds.</param>
    /// <param name="data">Its data, at most 65,535 bytes.</param>
    /// <param name="classCode">In which class: 1 is the Internet.</param>
    public void AddRecord(DnsSection section, DomainName name, DnsRecordType type, uint timeToLive, scoped ReadOnlySpan<byte> data, ushort classCode = DnsMessage.Internet)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(data.Length, ushort.MaxValue, nameof(data));
        if (!HasRoom(name.Wire.Length + 10 + data.Length))
        {
            return;
        }

        Put(name.Wire);
        Put((ushort)type);
        Put(classCode);
        Put((ushort)(timeToLive >> 16));
        Put((ushort)timeToLive);
        Put((ushort)data.Length);
        Put(data);
        Count((int)section);
    }

    /// <summary>Says how large a datagram may be (RFC 6891 §6.1.2).</summary>
    /// <param name="largestDatagram">In bytes.</param>
    public void AddOptions(ushort largestDatagram) => AddRecord(DnsSection.Additional, default, DnsRecordType.Opt, 0, [], largestDatagram);

    private bool HasRoom(int length)
    {
        Overflowed |= length > _buffer.Length - Length;
        return length <= _buffer.Length - Length;
    }

    private void Put(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_buffer[Length..]);
        Length += bytes.Length;
    }

    private void Put(ushort number)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_buffer[Length..], number);
        Length += sizeof(ushort);
    }

    private readonly void Count(int section)
    {
        var at = _buffer[(4 + (2 * section))..];
        BinaryPrimitives.WriteUInt16BigEndian(at, (ushort)(BinaryPrimitives.ReadUInt16BigEndian(at) + 1));
    }
}
