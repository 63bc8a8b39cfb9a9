using Mirage.Net.Dns.Wire;

namespace Mirage.Net.Dns.Tests;

/// <summary>What the program gets for an answer, and how long it is remembered.</summary>
public class AnswerTests
{
    [Fact]
    public void A_host_has_addresses_of_both_families() => World.Run(async world =>
    {
        world.Server.Answer = question => Reply.Addresses(question, 60, World.Host, World.Host6);
        Assert.Equal([World.Host6, World.Host], (await world.Client.ResolveAsync("www.example.org")).ThrowIfFailed());
        Assert.Equal([World.Host], (await world.Client.ResolveAsync("www.example.org", IpFamily.V4)).ThrowIfFailed());
        Assert.Equal([World.Host6], (await world.Client.ResolveAsync("www.example.org.", IpFamily.V6)).ThrowIfFailed());
        Assert.Equal(2, world.Server.Questions.Count);
        Assert.All(world.Server.Questions, question => Assert.Equal((World.Www, true, 1232), (question.Name, question.RecursionDesired, question.LargestDatagram)));
        Assert.Empty(world.Second.Questions);
    });

    [Fact]
    public void A_host_of_one_family_has_its_addresses() => World.Run(async world =>
    {
        world.Server.Answer = question => question.Type == DnsRecordType.A ? Reply.Addresses(question, 60, World.Host) : Reply.Nothing(question, DnsResponseCode.NoError, 60, 60);
        Assert.Equal([World.Host], (await world.Client.ResolveAsync("www.example.org")).ThrowIfFailed());
        var none = await world.Client.ResolveAsync("www.example.org", IpFamily.V6);
        Assert.Equal((ErrorKind.NotFound, "www.example.org has no AAAA record"), (none.Error.Kind, none.Error.ToString()));
    });

    [Fact]
    public void An_answer_is_remembered_for_its_time() => World.Run(async world =>
    {
        // RFC 2181 §5.2: the least time of a set holds for all of it.
        world.Server.Answer = question => Reply.Make(question, (ref writer) =>
        {
            Reply.AddAddress(ref writer, question.Name, 100, World.Host);
            Reply.AddAddress(ref writer, question.Name, 50, World.ServerAddress);
        });
        var first = (await world.AskAsync()).ThrowIfFailed();
        Assert.Equal((TimeSpan.FromSeconds(50), 2), (first.TimeToLive, first.Records.Count));
        await world.Sleep(20);
        var second = (await world.AskAsync("WWW.example.ORG")).ThrowIfFailed();
        Assert.Equal(TimeSpan.FromSeconds(30), second.TimeToLive);
        Assert.All(second.Records, record => Assert.Equal(TimeSpan.FromSeconds(30), record.TimeToLive));
        await world.Sleep(29.9);
        _ = (await world.AskAsync()).ThrowIfFailed();
        Assert.Single(world.Server.Questions);
        await world.Sleep(0.1);
        _ = (await world.AskAsync()).ThrowIfFailed();
        Assert.Equal([0.0, 50], world.Server.Times);
        Assert.Equal((4L, 2L, 1L), (world.Client.Counters.Questions, world.Client.Counters.Cached, world.Client.Counters.Remembered));

        world.Client.ForgetAnswers();
        _ = (await world.AskAsync()).ThrowIfFailed();
        Assert.Equal(3, world.Server.Questions.Count);
    });

    [Fact]
    public void An_answer_of_no_time_is_used_once_and_one_of_any_length_is_asked_for_again_after_a_day() => World.Run(async world =>
    {
        world.Server.Answer = question => Reply.Addresses(question, question.Name == World.Www ? 0u : 0x7fff_ffff, World.Host);
        _ = (await world.AskAsync()).ThrowIfFailed();
        _ = (await world.AskAsync()).ThrowIfFailed();
        Assert.Equal(2, world.Server.Questions.Count);
        Assert.Equal(TimeSpan.FromDays(1), (await world.AskAsync("long.example.org")).ThrowIfFailed().TimeToLive);
        await world.Sleep(86_400);
        _ = await world.AskAsync("long.example.org");
        Assert.Equal(4, world.Server.Questions.Count);
    });

    [Fact]
    public void That_a_name_does_not_exist_is_remembered_and_holds_for_all_within_it() => World.Run(async world =>
    {
        // RFC 2308 §5: the lesser of the SOA's time and its last number. RFC 8020 §2.
        world.Server.Answer = question => Reply.Nothing(question, DnsResponseCode.NameError, soaLife: 300, minimum: 100);
        var first = await world.AskAsync("none.example.org");
        Assert.Equal((ErrorKind.NotFound, "none.example.org does not exist"), (first.Error.Kind, first.Error.ToString()));
        Assert.True(first.Error.TryGetDetail<DnsErrorDetail>(out var detail) && detail.Code == DnsResponseCode.NameError);
        Assert.Equal(first.Error, (await world.AskAsync("none.example.org")).Error);
        Assert.False((await world.AskAsync("none.example.org", DnsRecordType.Txt)).IsDone);
        Assert.False((await world.AskAsync("below.none.example.org")).IsDone);
        Assert.Single(world.Server.Questions);
        await world.Sleep(100);
        _ = await world.AskAsync("none.example.org");
        _ = await world.AskAsync("other.example.org");
        Assert.Equal(3, world.Server.Questions.Count);
    });

    [Fact]
    public void That_a_name_has_no_such_record_is_remembered_for_that_record() => World.Run(async world =>
    {
        world.Server.Answer = question => Reply.Nothing(question, DnsResponseCode.NoError, soaLife: 10, minimum: 100);
        Assert.Equal(ErrorKind.NotFound, (await world.AskAsync()).Error.Kind);
        _ = await world.AskAsync();
        Assert.Single(world.Server.Questions);
        _ = await world.AskAsync(type: DnsRecordType.Mx);
        _ = await world.AskAsync("below.www.example.org");
        Assert.Equal(3, world.Server.Questions.Count);
        await world.Sleep(10);
        _ = await world.AskAsync();
        Assert.Equal(4, world.Server.Questions.Count);
    });

    [Fact]
    public void What_does_not_say_for_how_long_there_is_nothing_is_not_remembered() => World.Run(async world =>
    {
        // RFC 2308 §5; and a zone elsewhere says nothing about this name.
        world.Server.Answer = question => Reply.Code(question, DnsResponseCode.NameError);
        _ = await world.AskAsync();
        _ = await world.AskAsync();
        world.Server.Answer = question => Reply.Nothing(question, DnsResponseCode.NameError, 300, 300, zone: "example.com");
        _ = await world.AskAsync();
        _ = await world.AskAsync();
        Assert.Equal(4, world.Server.Questions.Count);
    });

    [Fact]
    public void That_there_is_nothing_is_remembered_for_an_hour_at_the_most() => World.Run(async world =>
    {
        world.Server.Answer = question => Reply.Nothing(question, DnsResponseCode.NameError, 86_400, 86_400);
        _ = await world.AskAsync();
        await world.Sleep(3599);
        _ = await world.AskAsync();
        Assert.Single(world.Server.Questions);
        await world.Sleep(1);
        _ = await world.AskAsync();
        Assert.Equal(2, world.Server.Questions.Count);
    });

    [Fact]
    public void Aliases_in_an_answer_are_followed_in_any_order() => World.Run(async world =>
    {
        world.Server.Answer = question => Reply.Make(question, (ref writer) =>
        {
            Reply.AddAddress(ref writer, DomainName.Parse("c.example.org"), 60, World.Host);
            Reply.AddAddress(ref writer, DomainName.Parse("unasked.example.org"), 60, World.ServerAddress);
            Reply.AddAlias(ref writer, "b.example.org", "c.example.org", life: 20);
            Reply.AddAlias(ref writer, "www.example.org", "b.example.org");
        });
        var answer = (await world.AskAsync()).ThrowIfFailed();
        Assert.Equal((World.Www, DomainName.Parse("c.example.org"), TimeSpan.FromSeconds(20)), (answer.Name, answer.CanonicalName, answer.TimeToLive));
        Assert.Equal(World.Host, Assert.IsType<AddressRecord>(Assert.Single(answer.Records)).Address);
        Assert.Single(world.Server.Questions);
        _ = await world.AskAsync("unasked.example.org");
        Assert.Equal(2, world.Server.Questions.Count);
    });

    [Fact]
    public void What_an_alias_leads_to_is_asked_about_if_the_answer_does_not_tell() => World.Run(async world =>
    {
        world.Server.Answer = question => question.Name == World.Www
            ? Reply.Make(question, (ref writer) => Reply.AddAlias(ref writer, "www.example.org", "real.example.org", life: 30))
            : Reply.Addresses(question, 60, World.Host);
        var answer = (await world.AskAsync()).ThrowIfFailed();
        Assert.Equal((DomainName.Parse("real.example.org"), TimeSpan.FromSeconds(30)), (answer.CanonicalName, answer.TimeToLive));
        Assert.Equal(2, world.Server.Questions.Count);
    });

    [Fact]
    public void Aliases_without_end_are_an_error() => World.Run(async world =>
    {
        var count = 0;
        world.Server.Answer = question => Reply.Make(question, (ref writer) => Reply.AddAlias(ref writer, question.Name.ToString(), $"{++count}.example.org"));
        Assert.Equal(ErrorKind.Other, (await world.AskAsync()).Error.Kind);
        Assert.Equal(9, count);

        // A ring within one answer.
        world.Server.Answer = question => Reply.Make(question, (ref writer) =>
        {
            Reply.AddAlias(ref writer, "ring.example.org", "b.example.org");
            Reply.AddAlias(ref writer, "b.example.org", "ring.example.org");
        });
        Assert.False((await world.AskAsync("ring.example.org")).IsDone);
    });

    [Fact]
    public void An_alias_of_nothing_is_nothing() => World.Run(async world =>
    {
        world.Server.Answer = question => Reply.Make(
            question,
            (ref writer) =>
            {
                Reply.AddAlias(ref writer, "www.example.org", "gone.example.org", life: 10);
                Reply.AddSoa(ref writer, "example.org", 300, 300);
            },
            DnsResponseCode.NameError);
        Assert.Equal(ErrorKind.NotFound, (await world.AskAsync()).Error.Kind);
        _ = await world.AskAsync();
        _ = await world.AskAsync("gone.example.org");
        Assert.Single(world.Server.Questions);

        // The alias itself exists, for other records and when its time is over.
        _ = await world.AskAsync(type: DnsRecordType.Txt);
        await world.Sleep(10);
        _ = await world.AskAsync();
        Assert.Equal(3, world.Server.Questions.Count);
    });

    [Fact]
    public void Addresses_have_names_and_services_have_servers() => World.Run(async world =>
    {
        world.Server.Answer = question => Reply.Make(question, (ref writer) =>
        {
            if (question.Type == DnsRecordType.Ptr)
            {
                writer.AddRecord(DnsSection.Answer, question.Name, DnsRecordType.Ptr, 60, World.Www.Wire);
                return;
            }

            foreach (var (priority, weight, port) in new (byte, byte, byte)[] { (1, 0, 1), (0, 10, 2), (0, 0, 3), (0, 30, 4) })
            {
                writer.AddRecord(DnsSection.Answer, question.Name, DnsRecordType.Srv, 0, [0, priority, 0, weight, 0, port, .. World.Www.Wire]);
            }
        });
        Assert.Equal([World.Www], (await world.Client.ReverseAsync(World.Host)).ThrowIfFailed());
        Assert.Equal("1.2.0.192.in-addr.arpa", world.Server.Questions[0].Name.ToString(), ignoreCase: true);

        // RFC 2782: by priority; within one, three times as often the one of three times the weight.
        var first = new int[5];
        for (var i = 0; i < 400; i++)
        {
            var services = (await world.Client.ServicesAsync(DomainName.Parse("_x._tcp.example.org"))).ThrowIfFailed();
            Assert.Equal((4, 1), (services.Count, services[3].Port));
            first[services[0].Port]++;
        }

        Assert.InRange(first[3], 1, 30);
        Assert.InRange(first[4] / (double)first[2], 2, 4.5);
    });

    [Fact]
    public void A_service_that_is_decidedly_not_there_is_not_there() => World.Run(async world =>
    {
        world.Server.Answer = question => Reply.Make(question, (ref writer) => writer.AddRecord(DnsSection.Answer, question.Name, DnsRecordType.Srv, 60, [0, 0, 0, 0, 0, 0, 0]));
        Assert.Equal(ErrorKind.NotFound, (await world.Client.ServicesAsync(DomainName.Parse("_x._tcp.example.org"))).Error.Kind);
    });

    [Fact]
    public void The_least_recently_used_answer_makes_room() => World.Run(
        async world =>
        {
            world.Server.Answer = question => Reply.Addresses(question, 1000, World.Host);
            foreach (var name in new[] { "a", "b", "c", "a", "d" })
            {
                _ = (await world.AskAsync(name)).ThrowIfFailed();
            }

            Assert.Equal((4, 1L, 3L), (world.Server.Questions.Count, world.Client.Counters.Evicted, world.Client.Counters.Remembered));
            _ = await world.AskAsync("a");
            Assert.Equal(4, world.Server.Questions.Count);
            _ = await world.AskAsync("b");
            Assert.Equal(5, world.Server.Questions.Count);
        },
        options => options with { MaxCachedAnswers = 3 });

    [Fact]
    public void Of_an_answer_a_bounded_number_of_records_is_taken() => World.Run(async world =>
    {
        world.Server.Answer = question => question.OverTcp
            ? Reply.Make(question, (ref writer) =>
            {
                for (var i = 0; i < 1000; i++)
                {
                    Reply.AddAddress(ref writer, question.Name, 60, new Ipv4Address((uint)(0x0a00_0000 + i)));
                }
            })
            : Reply.Truncated(question);
        Assert.Equal(256, (await world.AskAsync()).ThrowIfFailed().Records.Count);
    });

    [Fact]
    public void Known_hosts_and_names_that_are_set_apart_are_not_asked_about() => World.Run(
        async world =>
        {
            Assert.Equal([World.Host], (await world.Client.ResolveAsync("printer")).ThrowIfFailed());
            Assert.Equal(ErrorKind.NotFound, (await world.Client.ResolveAsync("printer", IpFamily.V6)).Error.Kind);
            Assert.Equal([DomainName.Parse("printer")], (await world.Client.ReverseAsync(World.Host)).ThrowIfFailed());

            // RFC 6761 §6.3, §6.4.
            Assert.Equal([Ipv6Address.Loopback, Ipv4Address.Loopback], (await world.Client.ResolveAsync("localhost")).ThrowIfFailed());
            Assert.Equal([Ipv4Address.Loopback], (await world.Client.ResolveAsync("x.localhost.", IpFamily.V4)).ThrowIfFailed());
            Assert.Equal(ErrorKind.NotFound, (await world.Client.ResolveAsync("x.invalid")).Error.Kind);

            // Addresses are their own answer.
            Assert.Equal([World.Host], (await world.Client.ResolveAsync("192.0.2.1")).ThrowIfFailed());
            Assert.Equal([World.Host6], (await world.Client.ResolveAsync("2001:db8::1")).ThrowIfFailed());
            Assert.Equal(ErrorKind.NotFound, (await world.Client.ResolveAsync("192.0.2.1", IpFamily.V6)).Error.Kind);
            Assert.Equal(ErrorKind.Invalid, (await world.Client.ResolveAsync("no host")).Error.Kind);
            Assert.Equal(ErrorKind.Invalid, (await world.Client.ResolveAsync("")).Error.Kind);
            Assert.Contains("IdnMapping", $"{(await world.Client.ResolveAsync("käse.example")).Error}", StringComparison.Ordinal);
            Assert.Empty(world.Server.Questions);
        },
        options => options with { Hosts = new Dictionary<DomainName, IReadOnlyList<IpAddress>> { [DomainName.Parse("printer")] = [World.Host] } });

    [Fact]
    public void Names_are_completed_with_the_search_domains() => World.Run(
        async world =>
        {
            world.Server.Answer = question => question.Name == World.Www
                ? Reply.Addresses(question, 60, World.Host)
                : Reply.Code(question, DnsResponseCode.NameError);
            Assert.Equal([World.Host], (await world.Client.ResolveAsync("www", IpFamily.V4)).ThrowIfFailed());
            Assert.Equal(["www.example.com", "www.example.org"], Asked());
            world.Server.Questions.Clear();
            Assert.False((await world.Client.ResolveAsync("www.", IpFamily.V4)).IsDone);
            Assert.Equal(["www"], Asked());
            world.Server.Questions.Clear();

            // With a dot it is tried as it is first; and the error tells of that.
            Assert.Equal("a.b does not exist", (await world.Client.ResolveAsync("a.b", IpFamily.V4)).Error.ToString());
            Assert.Equal(["a.b", "a.b.example.com", "a.b.example.org"], Asked());

            IEnumerable<string> Asked() => world.Server.Questions.Select(question => question.Name.ToString().ToLowerInvariant());
        },
        options => options with { SearchDomains = [DomainName.Parse("example.com"), DomainName.Parse("example.org")] });
}
