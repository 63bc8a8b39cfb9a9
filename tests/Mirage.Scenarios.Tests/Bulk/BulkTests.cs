namespace Mirage.Scenarios.Tests;

/// <summary>Data both ways at once over a link with a fault, and over one with all of them: every byte arrives once and in order, the connection ends, and nothing is left.</summary>
public class BulkTests
{
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(5);

    // A burst of loss lasts for so many frames, however long their sender waits between them: nobody is given up for it.
    private static readonly TcpSettings Settings = new() { RetransmissionLimit = TimeSpan.FromHours(1), HandshakeLimit = TimeSpan.FromHours(1) };

    private static readonly LinkOptions Clean = new() { Delay = Delay };

    private static readonly LinkOptions All = Clean with
    {
        Rate = 50_000_000,
        QueueFrames = 50,
        Loss = 0.02,
        BurstLoss = new BurstLoss(0.005, 0.25),
        Reordering = 0.02,
        Duplication = 0.02,
        Corruption = 0.01,
        Jitter = TimeSpan.FromMilliseconds(5),
        TrailingBytes = 9,
        Refusal = 0.05,
    };

    private static readonly Dictionary<string, Bulk> Links = new()
    {
        ["clean"] = new(Clean),
        ["a slow link with a short queue"] = new(Clean with { Rate = 10_000_000, QueueFrames = 20 }),
        ["loss of 1 %"] = new(Clean with { Loss = 0.01 }),
        ["loss of 10 %"] = new(Clean with { Loss = 0.1 }),
        ["loss in bursts"] = new(Clean with { BurstLoss = new BurstLoss(0.01, 0.25) }),
        ["reordering"] = new(Clean with { Reordering = 0.1 }),
        ["duplication"] = new(Clean with { Duplication = 0.1 }),
        ["corruption"] = new(Clean with { Corruption = 0.02 }),
        ["jitter"] = new(Clean with { Jitter = TimeSpan.FromMilliseconds(20) }),
        ["trailing bytes"] = new(Clean with { TrailingBytes = 9 }),
        ["full every other time"] = new(Clean with { Refusal = 0.5 }),
        ["a small MTU"] = new(Clean) { Mtu = 1280 },
        ["less on the way than both ends carry"] = new(Clean with { Mtu = 1300 }),
        ["asymmetric delay"] = new(Clean with { Delay = TimeSpan.FromMilliseconds(1) }) { Back = Clean with { Delay = TimeSpan.FromMilliseconds(150) } },
        ["cut for a second after a megabyte, and again"] = new(Clean) { Size = 3 << 20, Cuts = 2 },
        ["everything"] = new(All) { Cuts = 1 },
        ["loss of 1 % without SACK"] = new(Clean with { Loss = 0.01 }) { PlainOptions = true },
        ["loss of 10 % without SACK"] = new(Clean with { Loss = 0.1 }) { PlainOptions = true },
        ["reordering without SACK"] = new(Clean with { Reordering = 0.1 }) { PlainOptions = true },
        ["everything without SACK"] = new(All) { Cuts = 1, PlainOptions = true },
    };

    public static TheoryData<IpFamily, string> Cases => [.. Enum.GetValues<IpFamily>().SelectMany(_ => Links.Keys, (family, link) => (family, link))];

    [Theory]
    [MemberData(nameof(Cases))]
    public void All_bytes_arrive_once_and_in_order(IpFamily family, string link) => Seeds.ForEach(seed => Links[link].Run(seed, Settings, family));

    [Theory]
    [InlineData(IpFamily.Ipv4, 0x7fff_ff00u)]
    [InlineData(IpFamily.Ipv4, 0xffff_ff00u)]
    [InlineData(IpFamily.Ipv6, 0x7fff_ff00u)]
    [InlineData(IpFamily.Ipv6, 0xffff_ff00u)]
    public void Sequence_numbers_wrap_over_a_bad_link(IpFamily family, uint initial)
        => Seeds.ForEach(seed => Links["everything"].Run(seed, Settings with { InitialSequence = initial }, family));

    [Fact]
    public void The_smallest_MTU_of_IPv4_links_is_enough() => Seeds.ForEach(seed => (Links["loss of 1 %"] with { Mtu = 296 }).Run(seed, Settings));

    [Fact]
    public void Small_buffers_are_enough()
        => Seeds.ForEach(seed => Links["loss of 1 %"].Run(seed, Settings with { SendBuffer = 5_000, ReceiveBuffer = 7_000 }));
}
