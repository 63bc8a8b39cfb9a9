namespace Mirage.Net.Dns;

/// <summary>The answer to a question.</summary>
/// <param name="Name">The name that was asked about.</param>
/// <param name="CanonicalName">The name that the records belong to: another one, if the first is an alias.</param>
/// <param name="Records">The records that were asked for, at least one.</param>
/// <param name="TimeToLive">How long the answer may be used from now on.</param>
public sealed record DnsAnswer(DomainName Name, DomainName CanonicalName, IReadOnlyList<DnsRecord> Records, TimeSpan TimeToLive);

/// <summary>Why there is no answer, as servers say it.</summary>
/// <param name="Name">The name that was asked about.</param>
/// <param name="Type">What was asked for.</param>
/// <param name="Code">What the server said. <see cref="DnsResponseCode.NoError"/>: the name exists, and has no such record.</param>
public sealed record DnsErrorDetail(DomainName Name, DnsRecordType Type, DnsResponseCode Code) : ErrorDetail
{
    /// <inheritdoc/>
    public override string Text => Code switch
    {
        DnsResponseCode.NoError => $"{Name} has no {TypeName} record",
        DnsResponseCode.NameError => $"{Name} does not exist",
        _ => $"{Name} {TypeName}: the name servers answer {Code}",
    };

    private string TypeName => Type.ToString().ToUpperInvariant();
}
