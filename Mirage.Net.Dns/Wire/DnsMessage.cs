using System.Buffers.Binary;

namespace Mirage.Net.Dns.Wire;

/// <summary>A view of a DNS message (RFC 1035 §4.1). Valid as long as the bytes under it.</summary>
public readonly ref struct DnsMessage
{
    /// <summary>The length of the header in bytes.</summary>
    public const int HeaderSize = 12;

    /// <summary>The port of servers.</summary>
    public const ushort ServerPort = 53;

    internal const ushort Internet = 1;
    internal const ushort ResponseFlag = 0x8000;
    internal const ushort AuthoritativeFlag = 0x0400;
    internal const ushort TruncatedFlag = 0x0200;
    internal const ushort RecursionDesiredFlag = 0x0100;

    private DnsMessage(ReadOnlySpan<byte> bytes) => Bytes = bytes;

    /// <summary>The whole message.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>What joins answers to questions.</summary>
    public ushort Id => BinaryPrimitives.ReadUInt16BigEndian(Bytes);

    /// <summary>Whether it answers.</summary>
    public bool IsResponse => (Flags & ResponseFlag) != 0;

    /// <summary>What kind of question; 0 is the ordinary one.</summary>
    public int Opcode => (Flags >> 11) & 0xf;

    /// <summary>Whether the answer comes from a server of the zone.</summary>
    public bool IsAuthoritative => (Flags & AuthoritativeFlag) != 0;

    /// <summary>Whether something did not fit; the whole answer is to be had over TCP (RFC 7766 §5).</summary>
    public bool IsTruncated => (Flags & TruncatedFlag) != 0;

    /// <summary>Whether the server is to ask others.</summary>
    public bool RecursionDesired => (Flags & RecursionDesiredFlag) != 0;

    /// <summary>The four bits of the response code in the header; <see cref="DnsRecordType.Opt"/> may have more.</summary>
    public int HeaderCode => Flags & 0xf;

    /// <summary>How many questions there are.</summary>
    public int QuestionCount => BinaryPrimitives.ReadUInt16BigEndian(Bytes[4..]);

    /// <summary>How many records answer.</summary>
    public int AnswerCount => BinaryPrimitives.ReadUInt16BigEndian(Bytes[6..]);

    /// <summary>How many records name authorities.</summary>
    public int AuthorityCount => BinaryPrimitives.ReadUInt16BigEndian(Bytes[8..]);

    /// <summary>How many records are additional.</summary>
    public int AdditionalCount => BinaryPrimitives.ReadUInt16BigEndian(Bytes[10..]);

    private ushort Flags => BinaryPrimitives.ReadUInt16BigEndian(Bytes[2..]);

    /// <summary>Views a message. Its questions and records are looked at when they are read.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="message">The view.</param>
    /// <returns>Whether there is a whole header.</returns>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out DnsMessage message)
    {
        message = bytes.Length >= HeaderSize ? new DnsMessage(bytes) : default;
        return bytes.Length >= HeaderSize;
    }

    /// <summary>Reads questions and records from the first on.</summary>
    /// <returns>The reader.</returns>
    public DnsReader Read() => new(Bytes);
}
