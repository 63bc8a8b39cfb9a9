using System.Buffers.Binary;

namespace Mirage.Net.Dns.Wire;

/// <summary>A question (RFC 1035 §4.1.2).</summary>
/// <param name="Name">About which name.</param>
/// <param name="Type">For which records.</param>
/// <param name="Class">In which class: 1 is the Internet.</param>
public readonly record struct DnsQuestion(DomainName Name, DnsRecordType Type, ushort Class);

/// <summary>A view of a record (RFC 1035 §4.1.3).</summary>
public readonly ref struct DnsRecordView
{
    /// <summary>The name that it belongs to.</summary>
    public DomainName Name { get; init; }

    /// <summary>What it holds.</summary>
    public DnsRecordType Type { get; init; }

    /// <summary>In which class: 1 is the Internet. Of <see cref="DnsRecordType.Opt"/>, the largest datagram that the sender takes.</summary>
    public ushort Class { get; init; }

    /// <summary>How long it may be remembered, in seconds, as it stands there.</summary>
    public uint TimeToLive { get; init; }

    /// <summary>Where its data begins in the message: names in it may point back.</summary>
    public int DataOffset { get; init; }

    /// <summary>Its data.</summary>
    public ReadOnlySpan<byte> Data { get; init; }
}

/// <summary>Reads a message's questions and records, one after another.</summary>
public ref struct DnsReader
{
    private const int QuestionSize = 4;
    private const int RecordSize = 10;

    private readonly ReadOnlySpan<byte> _message;
    private int _offset;

    internal DnsReader(ReadOnlySpan<byte> message)
    {
        _message = message;
        _offset = DnsMessage.HeaderSize;
    }

    /// <summary>Reads a question. The header says how many there are.</summary>
    /// <param name="question">The question.</param>
    /// <returns>Whether it is whole.</returns>
    public bool TryReadQuestion(out DnsQuestion question)
    {
        question = default;
        if (!DnsNames.TryRead(_message, _offset, out var name, out var next) || _message.Length - next < QuestionSize)
        {
            return false;
        }

        var rest = _message[next..];
        question = new DnsQuestion(name, (DnsRecordType)BinaryPrimitives.ReadUInt16BigEndian(rest), BinaryPrimitives.ReadUInt16BigEndian(rest[2..]));
        _offset = next + QuestionSize;
        return true;
    }

    /// <summary>Reads a record. The header says how many there are: answers, authorities, then additional ones.</summary>
    /// <param name="record">The record.</param>
    /// <returns>Whether it is whole.</returns>
    public bool TryReadRecord(out DnsRecordView record)
    {
        record = default;
        if (!DnsNames.TryRead(_message, _offset, out var name, out var next) || _message.Length - next < RecordSize)
        {
            return false;
        }

        var rest = _message[next..];
        var length = BinaryPrimitives.ReadUInt16BigEndian(rest[8..]);
        if (rest.Length < RecordSize + length)
        {
            return false;
        }

        record = new DnsRecordView
        {
            Name = name,
            Type = (DnsRecordType)BinaryPrimitives.ReadUInt16BigEndian(rest),
            Class = BinaryPrimitives.ReadUInt16BigEndian(rest[2..]),
            TimeToLive = BinaryPrimitives.ReadUInt32BigEndian(rest[4..]),
            DataOffset = next + RecordSize,
            Data = rest.Slice(RecordSize, length),
        };
        _offset = next + RecordSize + length;
        return true;
    }
}
