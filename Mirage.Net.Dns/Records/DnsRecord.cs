using System.Text;

namespace Mirage.Net.Dns;

/// <summary>A record that answers.</summary>
/// <param name="Name">The name that it belongs to.</param>
/// <param name="TimeToLive">How long it may be used from now on.</param>
public abstract record DnsRecord(DomainName Name, TimeSpan TimeToLive)
{
    /// <summary>What it holds.</summary>
    public abstract DnsRecordType Type { get; }
}

/// <summary>An address: A and AAAA.</summary>
/// <param name="Name">The host.</param>
/// <param name="TimeToLive">How long it may be used from now on.</param>
/// <param name="Address">Its address.</param>
public sealed record AddressRecord(DomainName Name, TimeSpan TimeToLive, IpAddress Address) : DnsRecord(Name, TimeToLive)
{
    /// <inheritdoc/>
    public override DnsRecordType Type => Address.IsV4 ? DnsRecordType.A : DnsRecordType.Aaaa;
}

/// <summary>A name that stands in a record by itself: CNAME, PTR, NS.</summary>
/// <param name="Name">The name that it belongs to.</param>
/// <param name="TimeToLive">How long it may be used from now on.</param>
/// <param name="Kind">Which of them.</param>
/// <param name="Target">The other name.</param>
public sealed record NameRecord(DomainName Name, TimeSpan TimeToLive, DnsRecordType Kind, DomainName Target) : DnsRecord(Name, TimeToLive)
{
    /// <inheritdoc/>
    public override DnsRecordType Type => Kind;
}

/// <summary>A server of mail: MX.</summary>
/// <param name="Name">The domain.</param>
/// <param name="TimeToLive">How long it may be used from now on.</param>
/// <param name="Preference">The lowest is tried first.</param>
/// <param name="Exchange">The server.</param>
public sealed record MailRecord(DomainName Name, TimeSpan TimeToLive, ushort Preference, DomainName Exchange) : DnsRecord(Name, TimeToLive)
{
    /// <inheritdoc/>
    public override DnsRecordType Type => DnsRecordType.Mx;
}

/// <summary>A server of a service: SRV (RFC 2782).</summary>
/// <param name="Name">The service.</param>
/// <param name="TimeToLive">How long it may be used from now on.</param>
/// <param name="Priority">The lowest is tried first.</param>
/// <param name="Weight">Among those of one priority, how likely it is to be tried first.</param>
/// <param name="Port">The port.</param>
/// <param name="Target">The server; the root says that there is no such service.</param>
public sealed record ServiceRecord(DomainName Name, TimeSpan TimeToLive, ushort Priority, ushort Weight, ushort Port, DomainName Target) : DnsRecord(Name, TimeToLive)
{
    /// <inheritdoc/>
    public override DnsRecordType Type => DnsRecordType.Srv;
}

/// <summary>Text: TXT.</summary>
/// <param name="Name">The name that it belongs to.</param>
/// <param name="TimeToLive">How long it may be used from now on.</param>
/// <param name="Strings">Its strings, each of at most 255 bytes.</param>
public sealed record TextRecord(DomainName Name, TimeSpan TimeToLive, IReadOnlyList<ReadOnlyMemory<byte>> Strings) : DnsRecord(Name, TimeToLive)
{
    /// <inheritdoc/>
    public override DnsRecordType Type => DnsRecordType.Txt;

    /// <summary>The strings joined, as UTF-8.</summary>
    public string Text => Encoding.UTF8.GetString([.. Strings.SelectMany(part => part.ToArray())]);
}

/// <summary>Anything else.</summary>
/// <param name="Name">The name that it belongs to.</param>
/// <param name="TimeToLive">How long it may be used from now on.</param>
/// <param name="Kind">What it holds.</param>
/// <param name="Data">Its data; names in it may be pointers into the message, which is gone.</param>
public sealed record OtherRecord(DomainName Name, TimeSpan TimeToLive, DnsRecordType Kind, ReadOnlyMemory<byte> Data) : DnsRecord(Name, TimeToLive)
{
    /// <inheritdoc/>
    public override DnsRecordType Type => Kind;
}
