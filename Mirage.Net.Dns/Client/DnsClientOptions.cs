namespace Mirage.Net.Dns;

/// <summary>How a client asks, and what it remembers.</summary>
public sealed record DnsClientOptions
{
    /// <summary>The servers, the preferred first: ones that ask others (recursive). At most 8; port 0 stands for 53.</summary>
    public IReadOnlyList<IpEndpoint> Servers { get; init; } = [];

    /// <summary>How long a server may take to answer at the first try; twice as long at the second, and so on.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How often each server is asked. At least 1, at most 10.</summary>
    public int Attempts { get; init; } = 3;

    /// <summary>Domains in which names of hosts are completed, in this order. Only names given as text are completed.</summary>
    public IReadOnlyList<DomainName> SearchDomains { get; init; } = [];

    /// <summary>A name with at least as many dots is tried as it is before it is completed.</summary>
    public int Dots { get; init; } = 1;

    /// <summary>Hosts whose addresses are known: nobody is asked about them.</summary>
    public IReadOnlyDictionary<DomainName, IReadOnlyList<IpAddress>> Hosts { get; init; } = new Dictionary<DomainName, IReadOnlyList<IpAddress>>();

    /// <summary>How many answers are remembered; the one that was used longest ago makes room.</summary>
    public int MaxCachedAnswers { get; init; } = 1024;

    /// <summary>How many records of one answer are taken; what is beyond is left out.</summary>
    public int MaxRecords { get; init; } = 256;

    /// <summary>How many different questions are asked at a time; further ones fail with <see cref="ErrorKind.Full"/>.</summary>
    public int MaxQuestions { get; init; } = 256;

    /// <summary>The longest time that an answer is remembered, whatever its records say.</summary>
    public TimeSpan MaxTimeToLive { get; init; } = TimeSpan.FromDays(1);

    /// <summary>The longest time that it is remembered that something is not there (RFC 2308 §5 finds one to three hours right).</summary>
    public TimeSpan MaxNegativeTimeToLive { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The largest datagram that is asked for (RFC 6891 §6.2.5); 1232 bytes are hardly ever fragmented. 512 to 65,535.</summary>
    public int LargestDatagram { get; init; } = 1232;

    /// <summary>Whether letters are sent in upper and lower case at random: an answer that is forged has to guess that too. A server that does not return them so is asked over TCP.</summary>
    public bool RandomizeCase { get; init; } = true;

    internal void Check()
    {
        CheckServers(Servers);
        ArgumentNullException.ThrowIfNull(SearchDomains);
        ArgumentNullException.ThrowIfNull(Hosts);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(Timeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Timeout, TimeSpan.FromMinutes(1));
        ArgumentOutOfRangeException.ThrowIfLessThan(Attempts, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Attempts, 10);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxCachedAnswers, 0);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxRecords, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxQuestions, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(LargestDatagram, 512);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(LargestDatagram, ushort.MaxValue);
    }

    internal static void CheckServers(IReadOnlyList<IpEndpoint> servers)
    {
        ArgumentNullException.ThrowIfNull(servers);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(servers.Count, 8, nameof(servers));
        foreach (var server in servers)
        {
            if (server.Address.IsAny)
            {
                throw new ArgumentException($"{server} is not an endpoint to ask", nameof(servers));
            }
        }
    }
}
