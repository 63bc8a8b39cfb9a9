namespace Mirage.Net.TcpIp.Tests.Network;

/// <summary>What is remembered of paths (RFC 1191, RFC 8201).</summary>
public class PathMtuTableTests
{
    private const int Link = 1500;
    private static readonly IpAddress Near = IpAddress.Parse("10.0.0.9");
    private static readonly IpAddress Far = IpAddress.Parse("2001:db8::9");
    private static readonly Instant Start = new(0);

    [Fact]
    public void A_report_lowers_the_path_to_one_destination()
    {
        var table = new PathMtuTable(4, 552);
        Assert.True(table.Report(Near, 1400, Link, Start));
        Assert.Equal((1400, 1500, 1), (table.Find(Near, Link), table.Find(Far, Link), table.Revision));
        Assert.Equal(1280, table.Find(Near, 1280));
    }

    [Fact]
    public void RFC_8201_section_4_a_report_never_raises_what_is_known()
    {
        var table = new PathMtuTable(4, 552);
        Assert.False(table.Report(Near, 9000, Link, Start));
        Assert.False(table.Report(Near, 1500, Link, Start));
        Assert.True(table.Report(Near, 1300, Link, Start));
        Assert.False(table.Report(Near, 1400, Link, Start));
        Assert.Equal((1300, 1), (table.Find(Near, Link), table.Revision));
    }

    [Fact]
    public void RFC_1191_section_6_3_what_was_learnt_ages_in_ten_minutes()
    {
        var table = new PathMtuTable(4, 552);
        _ = table.Report(Near, 1400, Link, Start);
        _ = table.Report(Far, 1300, Link, Start + TimeSpan.FromMinutes(1));

        // Learnt again, it lasts longer.
        _ = table.Report(Near, 1380, Link, Start + TimeSpan.FromMinutes(2));
        var revision = table.Revision;
        Assert.Equal(Start + TimeSpan.FromMinutes(11), table.RunTimers(Start + TimeSpan.FromMinutes(10)));
        Assert.Equal(revision, table.Revision);
        Assert.Equal(Start + TimeSpan.FromMinutes(12), table.RunTimers(Start + TimeSpan.FromMinutes(11)));
        Assert.Equal((1380, 1500), (table.Find(Near, Link), table.Find(Far, Link)));
        Assert.NotEqual(revision, table.Revision);
        Assert.Equal(Instant.Never, table.RunTimers(Start + TimeSpan.FromMinutes(12)));
        Assert.Equal((1500, 0), (table.Find(Near, Link), table.Count));
    }

    [Fact]
    public void RFC_5927_section_7_a_size_below_the_least_is_not_believed_but_routers_may_fragment()
    {
        var table = new PathMtuTable(4, 552);
        Assert.True(table.Report(Near, 68, Link, Start));
        Assert.Equal((552, true), (table.Find(Near, Link), table.IsBelowLeast(Near)));
        Assert.False(table.Report(Near, 70, Link, Start));
        Assert.False(table.IsBelowLeast(Far));
    }

    [Fact]
    public void The_table_is_bounded_and_the_oldest_makes_room()
    {
        var table = new PathMtuTable(4, 552);
        for (byte i = 0; i < 10; i++)
        {
            Assert.True(table.Report(new Ipv4Address(10, 0, 0, i), 1000 + i, Link, Start));
        }

        Assert.Equal((4, 1500, 1006), (table.Count, table.Find(new Ipv4Address(10, 0, 0, 5), Link), table.Find(new Ipv4Address(10, 0, 0, 6), Link)));
        Assert.Equal(6, table.Evicted);
    }

    [Theory]
    [InlineData(70_000, 65_535)]
    [InlineData(1500, 1492)]
    [InlineData(1492, 1006)]
    [InlineData(1007, 1006)]
    [InlineData(296, 68)]
    [InlineData(20, 68)]
    public void RFC_1191_section_7_1_common_sizes(int size, int below) => Assert.Equal(below, MtuPlateaus.Below(size));
}
