using Mirage.Net.Dns.Wire;

namespace Mirage.Net.Dns;

/// <summary>One question on its way to one server: its number, its bytes, and the answer.</summary>
internal sealed class DnsQuery
{
    // The longest name, and what is said about the message.
    private const int LargestQuery = 512;

    public DnsQuery(ushort id, DomainName name, DnsRecordType type, int? largestDatagram)
    {
        (Id, Name, Type, UsesOptions) = (id, name, type, largestDatagram is not null);
        var buffer = new byte[LargestQuery];
        var writer = new DnsWriter(buffer, id);
        writer.AddQuestion(name, type);
        if (largestDatagram is { } largest)
        {
            writer.AddOptions((ushort)largest);
        }

        Bytes = buffer.AsMemory(0, writer.Length);
    }

    public ushort Id { get; }

    /// <summary>The name in the case in which it is sent.</summary>
    public DomainName Name { get; }

    public DnsRecordType Type { get; }

    public bool UsesOptions { get; }

    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The message that answers, or <see langword="null"/>.</summary>
    public byte[]? Answer { get; set; }

    /// <summary>Whether the answer has the letters in another case.</summary>
    public bool CaseLost { get; set; }
}
