using Mirage.Net.Dns.Wire;
using Mirage.Net.Virtual;

namespace Mirage.Net.Dns.Tests;

/// <summary>Which server is asked, when and how; and which answers are believed.</summary>
public class AskingTests
{
    [Fact]
    public void A_silent_server_is_asked_three_times_with_doubled_patience() => World.Run(
        async world =>
        {
            world.Server.Answer = _ => null;
            var answer = await world.AskAsync();
            Assert.Equal((ErrorKind.TimedOut, 14.0), (answer.Error.Kind, Math.Round(world.Now, 3)));
            Assert.Contains("10.0.0.53:53", answer.Error.ToString(), StringComparison.Ordinal);
            Assert.Equal([0.0, 2, 6], world.Server.Questions.Select(question => Math.Round(question.At, 3)));
            Assert.Equal((3L, 3L), (world.Client.Counters.Sent, world.Client.Counters.TimedOut));
        },
        options => options with { Servers = [options.Servers[0]] });

    [Fact]
    public void The_next_server_is_asked_in_the_place_of_a_silent_one_and_stays_preferred() => World.Run(async world =>
    {
        world.Server.Answer = _ => null;
        world.Second.Answer = question => Reply.Addresses(question, 0, World.Host);
        _ = (await world.AskAsync()).ThrowIfFailed();
        Assert.Equal(2.0, Math.Round(world.Now, 3));
        _ = (await world.AskAsync()).ThrowIfFailed();
        Assert.Equal((1, 2), (world.Server.Questions.Count, world.Second.Questions.Count));

        world.Second.Answer = _ => null;
        world.Server.Answer = question => Reply.Addresses(question, 0, World.Host);
        _ = (await world.AskAsync()).ThrowIfFailed();
        Assert.Equal(4.0, Math.Round(world.Now, 3));
    });

    [Fact]
    public void A_lost_datagram_is_made_up_for() => World.Run(async world =>
    {
        world.Server.Answer = question => world.Now < 5 ? null : Reply.Addresses(question, 60, World.Host);
        world.Second.Answer = _ => null;
        _ = (await world.AskAsync()).ThrowIfFailed();

        // 0 and 2 the first time, 4 and 8 the second.
        Assert.Equal([0.0, 4, 12], world.Server.Questions.Select(question => Math.Round(question.At, 3)));
    });

    [Theory]
    [InlineData(DnsResponseCode.ServerFailure)]
    [InlineData(DnsResponseCode.Refused)]
    public void A_server_that_fails_is_left_for_the_next_at_once(DnsResponseCode code) => World.Run(async world =>
    {
        world.Server.Answer = question => Reply.Code(question, code);
        world.Second.Answer = question => Reply.Addresses(question, 60, World.Host);
        _ = (await world.AskAsync()).ThrowIfFailed();
        Assert.Equal((0.0, 1L), (Math.Round(world.Now, 3), world.Client.Counters.ServerFailed));
    });

    [Fact]
    public void If_all_servers_fail_the_question_fails_at_once_and_is_not_remembered() => World.Run(async world =>
    {
        world.Server.Answer = world.Second.Answer = question => Reply.Code(question, DnsResponseCode.ServerFailure);
        var answer = await world.AskAsync();
        Assert.Equal((ErrorKind.Other, 0.0), (answer.Error.Kind, Math.Round(world.Now, 3)));
        Assert.True(answer.Error.TryGetDetail<DnsErrorDetail>(out var detail) && detail.Code == DnsResponseCode.ServerFailure);
        Assert.Equal("www.example.org A: the name servers answer ServerFailure", answer.Error.ToString());
        world.Server.Answer = question => Reply.Addresses(question, 60, World.Host);
        _ = (await world.AskAsync()).ThrowIfFailed();
    });

    [Fact]
    public void A_host_without_a_name_server_is_left_for_the_next_at_once() => World.Run(
        async world =>
        {
            // The host refuses by ICMP.
            _ = world.Connect(new Ipv4Address(10, 0, 0, 99));
            world.Server.Answer = question => Reply.Addresses(question, 60, World.Host);
            _ = (await world.AskAsync()).ThrowIfFailed();
            Assert.Equal(0.0, Math.Round(world.Now, 3));
        },
        options => options with { Servers = [new IpEndpoint(new Ipv4Address(10, 0, 0, 99), 53), new IpEndpoint(World.ServerAddress, 53)] });

    [Fact]
    public void Without_servers_or_a_way_to_them_the_question_fails_at_once() => World.Run(async world =>
    {
        world.Client.SetServers([World.Host]);
        Assert.Equal([new IpEndpoint(World.Host, 53)], world.Client.Servers);
        Assert.Equal(ErrorKind.Unreachable, (await world.AskAsync()).Error.Kind);
        world.Client.SetServers(Array.Empty<IpEndpoint>());
        Assert.Equal(ErrorKind.Unreachable, (await world.AskAsync()).Error.Kind);
        Assert.Throws<ArgumentException>(() => world.Client.SetServers([IpAddress.None]));
        Assert.Equal(0.0, world.Now);
    });

    [Fact]
    public void What_must_be_given_is_named_if_it_is_missing()
    {
        var platform = new SimulatedPlatform(new SimulatedLoop(1));
        foreach (var (name, options) in new (string, DnsClientOptions)[]
        {
            ("servers", new() { Servers = null! }), ("SearchDomains", new() { SearchDomains = null! }), ("Hosts", new() { Hosts = null! }),
        })
        {
            Assert.Equal(name, Assert.Throws<ArgumentNullException>(() => new DnsClient<FakeStack, SimulatedPlatform>(default, platform, options)).ParamName);
        }
    }

    [Fact]
    public void A_truncated_answer_is_asked_for_over_TCP() => World.Run(async world =>
    {
        // RFC 7766 §5.
        world.Server.Answer = question => question.OverTcp
            ? Reply.Make(question, (ref writer) =>
            {
                for (byte i = 0; i < 100; i++)
                {
                    writer.AddRecord(DnsSection.Answer, question.Name, DnsRecordType.Txt, 60, [200, .. Enumerable.Repeat(i, 200)]);
                }
            })
            : Reply.Truncated(question);
        var answer = (await world.AskAsync(type: DnsRecordType.Txt)).ThrowIfFailed();
        Assert.Equal(Enumerable.Range(0, 100), answer.Records.Cast<TextRecord>().Select(record => (int)record.Strings[0].Span[199]));
        Assert.Equal([false, true], world.Server.Questions.Select(question => question.OverTcp));
        Assert.NotEqual(world.Server.Questions[0].Id, world.Server.Questions[1].Id);
        Assert.Equal((1L, 1L), (world.Client.Counters.Truncated, world.Client.Counters.SentTcp));
    });

    [Fact]
    public void A_server_that_is_silent_over_TCP_is_left_for_the_next() => World.Run(async world =>
    {
        world.Server.Answer = question => question.OverTcp ? null : Reply.Truncated(question);
        world.Second.Answer = question => Reply.Addresses(question, 60, World.Host);
        _ = (await world.AskAsync()).ThrowIfFailed();
        Assert.InRange(world.Now, 0, 2.1);
    });

    [Fact]
    public void Answers_that_answer_something_else_are_not_believed() => World.Run(async world =>
    {
        // RFC 5452 §9.1.
        var forged = new Ipv4Address(6, 6, 6, 6);
        world.Second.Send(new IpEndpoint(new Ipv4Address(10, 0, 0, 1), 9), [0]);
        await world.Sleep(1);
        world.Server.Before = question =>
        {
            world.Server.Send(question.From, Reply.Make(question, (ref writer) => Reply.AddAddress(ref writer, question.Name, 60, forged), id: (ushort)(question.Id + 1)));
            world.Server.Send(question.From, Reply.Addresses(question with { Name = DomainName.Parse("www.example.com") }, 60, forged));
            world.Server.Send(question.From, Reply.Addresses(question with { Type = DnsRecordType.Aaaa }, 60, World.Host6));
            world.Second.Send(question.From, Reply.Addresses(question, 60, forged));
            world.Server.Send(question.From, [1, 2, 3]);
        };
        world.Server.Answer = question => Reply.Addresses(question, 60, World.Host);
        var answer = (await world.AskAsync()).ThrowIfFailed();
        Assert.Equal(World.Host, Assert.IsType<AddressRecord>(Assert.Single(answer.Records)).Address);
        Assert.Equal((4L, 1L), (world.Client.Counters.Mismatched, world.Client.Counters.Malformed));
    });

    [Fact]
    public void Numbers_ports_and_cases_cannot_be_guessed() => World.Run(async world =>
    {
        // RFC 5452 §9.2.
        world.Server.Answer = question => Reply.Addresses(question, 0, World.Host);
        for (var i = 0; i < 500; i++)
        {
            _ = (await world.AskAsync()).ThrowIfFailed();
        }

        var questions = world.Server.Questions;
        Assert.InRange(questions.Select(question => question.Id).Distinct().Count(), 490, 500);
        Assert.InRange(questions.Select(question => question.From.Port).Distinct().Count(), 485, 500);
        Assert.All(questions, question => Assert.True(question.From.Port >= 32_768));
        Assert.InRange(questions.Select(question => question.Name.ToString()).Distinct().Count(), 450, 500);
        foreach (var bit in Enumerable.Range(0, 15))
        {
            Assert.InRange(questions.Count(question => (question.Id >> bit & 1) != 0), 200, 300);
            Assert.InRange(questions.Count(question => (question.From.Port >> bit & 1) != 0), 200, 300);
        }

    });

    [Fact]
    public void An_answer_with_letters_in_another_case_is_checked_over_TCP() => World.Run(async world =>
    {
        world.Server.Answer = question => Reply.Addresses(question.OverTcp ? question : question with { Name = World.Www }, 60, World.Host);
        _ = (await world.AskAsync()).ThrowIfFailed();
        Assert.Equal([false, true], world.Server.Questions.Select(question => question.OverTcp));
    });

    [Fact]
    public void Case_may_be_left_alone() => World.Run(
        async world =>
        {
            world.Server.Answer = question => Reply.Addresses(question, 0, World.Host);
            for (var i = 0; i < 10; i++)
            {
                _ = (await world.AskAsync()).ThrowIfFailed();
            }

            Assert.All(world.Server.Questions, question => Assert.Equal("www.example.org", question.Name.ToString()));
        },
        options => options with { RandomizeCase = false });

    [Theory]
    [InlineData(DnsResponseCode.FormatError)]
    [InlineData(DnsResponseCode.NotImplemented)]
    public void A_server_without_EDNS_is_asked_without_it_from_then_on(DnsResponseCode code) => World.Run(async world =>
    {
        // RFC 6891 §7.
        world.Server.Answer = question => question.LargestDatagram is null ? Reply.Addresses(question, 0, World.Host) : Reply.Code(question, code);
        _ = (await world.AskAsync()).ThrowIfFailed();
        _ = (await world.AskAsync()).ThrowIfFailed();
        Assert.Equal([1232, null, null], world.Server.Questions.Select(question => question.LargestDatagram));
        Assert.Empty(world.Second.Questions);
    });

    [Fact]
    public void A_code_of_more_than_four_bits_is_read_from_the_options() => World.Run(async world =>
    {
        // RFC 6891 §6.1.3: BADVERS is 16.
        world.Server.Answer = question => question.LargestDatagram is null
            ? Reply.Addresses(question, 0, World.Host)
            : Reply.Make(question, (ref writer) => writer.AddRecord(DnsSection.Additional, default, DnsRecordType.Opt, 1u << 24, [], 512));
        _ = (await world.AskAsync()).ThrowIfFailed();
        Assert.Equal(2, world.Server.Questions.Count);
    });

    [Fact]
    public void An_answer_that_contradicts_itself_is_counted_and_the_next_server_asked() => World.Run(async world =>
    {
        world.Server.Answer = question => Reply.Make(question, (ref writer) => writer.AddRecord(DnsSection.Answer, question.Name, DnsRecordType.A, 60, [1, 2, 3]));
        world.Second.Answer = question => Reply.Addresses(question, 60, World.Host)[..^2];
        var answer = await world.AskAsync();
        Assert.Equal((ErrorKind.Other, 2L), (answer.Error.Kind, world.Client.Counters.Malformed));
    });

    [Fact]
    public void Questions_that_are_the_same_are_asked_once() => World.Run(async world =>
    {
        world.Server.Answer = question => Reply.Addresses(question, 0, World.Host);
        var asking = Enumerable.Range(0, 10).Select(i => world.AskAsync(i % 2 == 0 ? "www.example.org" : "WWW.EXAMPLE.ORG")).ToList();
        using var cancellation = new CancellationTokenSource();
        var cancelled = world.Client.QueryAsync(World.Www, DnsRecordType.A, cancellation.Token).AsTask();
        World.Cancel(cancellation);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        foreach (var answer in await Task.WhenAll(asking))
        {
            _ = answer.ThrowIfFailed();
        }

        Assert.Equal((1, 10L), (world.Server.Questions.Count, world.Client.Counters.Merged));
        _ = (await world.AskAsync()).ThrowIfFailed();
        Assert.Equal(2, world.Server.Questions.Count);
    });

    [Fact]
    public void Different_questions_at_a_time_are_of_bounded_number() => World.Run(
        async world =>
        {
            world.Server.Answer = question => Reply.Addresses(question, 60, World.Host);
            var asking = Enumerable.Range(0, 12).Select(i => world.AskAsync($"{i}.example.org")).ToList();
            var answers = await Task.WhenAll(asking);
            Assert.Equal(10, answers.Count(answer => answer.IsDone));
            Assert.Equal(2, answers.Count(answer => answer.Error.Kind == ErrorKind.Full));
            Assert.Equal(2, world.Client.Counters.TooMany);
            _ = (await world.AskAsync("11.example.org")).ThrowIfFailed();
        },
        options => options with { MaxQuestions = 10 });

    [Fact]
    public void A_question_whose_asker_has_gone_is_still_answered_and_remembered() => World.Run(async world =>
    {
        world.Server.Answer = question => Reply.Addresses(question, 60, World.Host);
        using var cancellation = new CancellationTokenSource();
        var cancelled = world.Client.QueryAsync(World.Www, DnsRecordType.A, cancellation.Token).AsTask();
        World.Cancel(cancellation);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        await world.Sleep(1);
        _ = (await world.AskAsync()).ThrowIfFailed();
        Assert.Single(world.Server.Questions);
    });

    [Fact]
    public void After_the_stack_is_disconnected_questions_fail() => World.Run(async world =>
    {
        world.Server.Answer = _ => null;
        var asking = world.AskAsync();
        await world.Sleep(1);
        await world.Stack.DisconnectAsync();
        Assert.Equal(ErrorKind.Disconnected, (await asking).Error.Kind);
        Assert.Equal(ErrorKind.Disconnected, (await world.AskAsync()).Error.Kind);
    });

    [Fact]
    public void The_default_client_names_none()
    {
        DnsClient<Socket.SocketStack, HostPlatform> client = default;
        Assert.True(client.IsDefault);
        Assert.Contains("DnsClient", Assert.Throws<InvalidOperationException>(() => client.Servers).Message, StringComparison.Ordinal);
    }
}
