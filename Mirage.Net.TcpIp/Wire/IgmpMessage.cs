using System.Buffers.Binary;

namespace Mirage.Net.TcpIp.Wire;

/// <summary>The kind of an IGMP message (RFC 3376 §4).</summary>
public enum IgmpType : byte
{
    /// <summary>A router asks who is in which group.</summary>
    Query = 0x11,

    /// <summary>Version 1: a host is in a group (RFC 1112).</summary>
    ReportV1 = 0x12,

    /// <summary>Version 2: a host is in a group (RFC 2236).</summary>
    ReportV2 = 0x16,

    /// <summary>Version 2: a host has left a group (RFC 2236).</summary>
    LeaveV2 = 0x17,

    /// <summary>Version 3: in which groups a host is, or what has changed of it.</summary>
    ReportV3 = 0x22,
}

/// <summary>What a version 3 report says of a group (RFC 3376 §4.2.12).</summary>
public enum IgmpRecordType : byte
{
    /// <summary>The host listens to the group, whoever sends; in answer to a query.</summary>
    IsExclude = 2,

    /// <summary>The host has left the group.</summary>
    ToInclude = 3,

    /// <summary>The host has joined the group, whoever sends.</summary>
    ToExclude = 4,
}

/// <summary>One record of a version 3 report.</summary>
/// <param name="Type">What it says.</param>
/// <param name="Group">Of which group.</param>
public readonly record struct IgmpRecord(IgmpRecordType Type, Ipv4Address Group);

/// <summary>A view of an IGMP message (RFC 1112 appendix I, RFC 2236, RFC 3376). Valid as long as the bytes under it.</summary>
public readonly ref struct IgmpMessage
{
    /// <summary>The length of a message of versions 1 and 2, and of a report without records, in bytes.</summary>
    public const int HeaderSize = 8;

    /// <summary>The length of a version 3 query without sources in bytes.</summary>
    public const int QuerySize = 12;

    /// <summary>The length of a record without sources in bytes.</summary>
    public const int RecordSize = 8;

    private readonly ReadOnlySpan<byte> _message;

    private IgmpMessage(ReadOnlySpan<byte> message) => _message = message;

    /// <summary>The kind of message.</summary>
    public IgmpType Type => (IgmpType)_message[0];

    /// <summary>The group that the message is about; none in a general query.</summary>
    public Ipv4Address Group => new(_message[4..]);

    /// <summary>The version of a query (RFC 3376 §7.1): 1, 2 or 3.</summary>
    public int QueryVersion => _message.Length >= QuerySize ? 3 : _message[1] == 0 ? 1 : 2;

    /// <summary>How long answers to a query may take, in tenths of a second (RFC 3376 §4.1.1, RFC 2236 §2.2; version 1 has ten seconds, RFC 2236 §4).</summary>
    public int MaxResponse
    {
        get
        {
            var code = _message[1];
            return QueryVersion switch
            {
                1 => 100,
                2 => code,
                _ => code < 128 ? code : ((code & 0xf) | 0x10) << (((code >> 4) & 7) + 3),
            };
        }
    }

    /// <summary>Views a message.</summary>
    /// <param name="message">The message, no more and no less.</param>
    /// <param name="result">The view.</param>
    /// <returns>Whether it has a length that its type may have, and the checksum is right.</returns>
    public static bool TryParse(ReadOnlySpan<byte> message, out IgmpMessage result)
    {
        // RFC 3376 §7.1: a query of 9 to 11 bytes is of no version.
        var valid = message.Length >= HeaderSize
            && !((IgmpType)message[0] == IgmpType.Query && message.Length is > HeaderSize and < QuerySize)
            && InternetChecksum.IsValid(InternetChecksum.Sum(message));
        result = valid ? new IgmpMessage(message) : default;
        return valid;
    }

    /// <summary>Writes a message of 8 bytes: of versions 1 and 2.</summary>
    /// <param name="message">8 bytes.</param>
    /// <param name="type">The kind of message.</param>
    /// <param name="maxResponse">With a query: how long answers may take, in tenths of a second.</param>
    /// <param name="group">The group, or none.</param>
    public static void Write(Span<byte> message, IgmpType type, byte maxResponse, Ipv4Address group)
    {
        message = message[..HeaderSize];
        message.Clear();
        message[0] = (byte)type;
        message[1] = maxResponse;
        group.CopyTo(message[4..]);
        Finish(message);
    }

    /// <summary>Writes a version 3 report.</summary>
    /// <param name="message">8 bytes and 8 for each record.</param>
    /// <param name="records">The records.</param>
    public static void WriteReport(Span<byte> message, ReadOnlySpan<IgmpRecord> records)
    {
        message.Clear();
        message[0] = (byte)IgmpType.ReportV3;
        BinaryPrimitives.WriteUInt16BigEndian(message[6..], (ushort)records.Length);
        for (var i = 0; i < records.Length; i++)
        {
            var record = message.Slice(HeaderSize + (i * RecordSize), RecordSize);
            record[0] = (byte)records[i].Type;
            records[i].Group.CopyTo(record[4..]);
        }

        Finish(message);
    }

    private static void Finish(Span<byte> message) => BinaryPrimitives.WriteUInt16BigEndian(message[2..], InternetChecksum.Finish(InternetChecksum.Sum(message)));
}
