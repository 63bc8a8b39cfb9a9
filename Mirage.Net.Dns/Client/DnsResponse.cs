using System.Diagnostics.CodeAnalysis;
using Mirage.Net.Dns.Wire;

namespace Mirage.Net.Dns;

/// <summary>What a server's answer says about the question.</summary>
internal sealed class DnsResponse
{
    private const int MaxAliases = 16;

    private readonly List<DnsRecord> _records = [];

    private DnsResponse(DomainName name) => CanonicalName = name;

    public DnsResponseCode Code { get; private set; }

    /// <summary>Where the aliases in the answer lead.</summary>
    public DomainName CanonicalName { get; private set; }

    public IReadOnlyList<DnsRecord> Records => _records;

    /// <summary>How long the records and the aliases that lead to them may be remembered.</summary>
    public TimeSpan Life { get; private set; } = TimeSpan.MaxValue;

    /// <summary>How long it may be remembered that there are no records (RFC 2308 §5); <see langword="null"/> if the answer does not say.</summary>
    public TimeSpan? NegativeLife { get; private set; }

    public static bool TryRead(ReadOnlySpan<byte> bytes, DomainName name, DnsRecordType type, int maxRecords, [NotNullWhen(true)] out DnsResponse? response)
    {
        response = new DnsResponse(name);
        return DnsMessage.TryParse(bytes, out var message) && response.TryTake(message, type, maxRecords);
    }

    /// <summary>Whether a message answers a question: the same number, question and class (RFC 5452 §9.1).</summary>
    /// <param name="message">The message.</param>
    /// <param name="id">The question's number.</param>
    /// <param name="name">The name, in the case in which it was sent.</param>
    /// <param name="type">What was asked for.</param>
    /// <param name="sameCase">Whether letters are in the same case too.</param>
    public static bool Answers(in DnsMessage message, ushort id, DomainName name, DnsRecordType type, out bool sameCase)
    {
        sameCase = false;
        if (!message.IsResponse || message.Id != id || message.Opcode != 0 || message.QuestionCount != 1)
        {
            return false;
        }

        var reader = message.Read();
        if (!reader.TryReadQuestion(out var question) || question.Class != DnsMessage.Internet || question.Type != type || question.Name != name)
        {
            return false;
        }

        sameCase = question.Name.Wire.SequenceEqual(name.Wire);
        return true;
    }

    private bool TryTake(in DnsMessage message, DnsRecordType type, int maxRecords)
    {
        var reader = message.Read();
        if (!reader.TryReadQuestion(out _))
        {
            return false;
        }

        // Records may come in any order, so aliases are gathered first, and then the records at their end are.
        var aliases = new Dictionary<DomainName, NameRecord>();
        var found = new List<DnsRecord>();
        for (var i = message.AnswerCount; i > 0; i--)
        {
            if (!reader.TryReadRecord(out var view))
            {
                return false;
            }

            var wanted = view.Type == type || type == DnsRecordType.Any;
            if (view.Class != DnsMessage.Internet || !(wanted || view.Type == DnsRecordType.Cname))
            {
                continue;
            }

            if (!RecordReader.TryRead(message.Bytes, view, out var record))
            {
                return false;
            }

            if (wanted)
            {
                found.Add(record);
            }
            else if (aliases.Count < MaxAliases)
            {
                // RFC 2181 §10.1: there is one alias of a name.
                _ = aliases.TryAdd(record.Name, (NameRecord)record);
            }
        }

        Follow(aliases);
        foreach (var record in found.Where(record => record.Name == CanonicalName).Take(maxRecords))
        {
            _records.Add(record);
            ShortenLife(record.TimeToLive);
        }

        return TryTakeRest(message, ref reader);
    }

    private void Follow(Dictionary<DomainName, NameRecord> aliases)
    {
        // Each is removed when it is followed, so that a ring of aliases ends.
        while (aliases.Remove(CanonicalName, out var alias))
        {
            CanonicalName = alias.Target;
            ShortenLife(alias.TimeToLive);
        }
    }

    private bool TryTakeRest(in DnsMessage message, ref DnsReader reader)
    {
        var code = message.HeaderCode;
        for (var i = message.AuthorityCount; i > 0; i--)
        {
            if (!reader.TryReadRecord(out var view))
            {
                return false;
            }

            // RFC 2308 §3, for the zone that the name lies in.
            if (view.Type == DnsRecordType.Soa && CanonicalName.IsWithin(view.Name) && RecordReader.TryReadNegativeLife(message.Bytes, view, out var life))
            {
                NegativeLife = life;
            }
        }

        for (var i = message.AdditionalCount; i > 0; i--)
        {
            if (!reader.TryReadRecord(out var view))
            {
                return false;
            }

            if (view.Type == DnsRecordType.Opt)
            {
                // RFC 6891 §6.1.3: the upper eight bits of twelve.
                code |= (int)(view.TimeToLive >> 24) << 4;
            }
        }

        Code = (DnsResponseCode)code;
        return true;
    }

    // RFC 2181 §5.2: records of a set have one time; the least of differing ones holds for all.
    private void ShortenLife(TimeSpan life) => Life = life < Life ? life : Life;
}
