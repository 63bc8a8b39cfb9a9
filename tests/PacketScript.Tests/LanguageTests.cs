using Mirage.Testing.Scripts;

namespace Mirage.Scripts.Tests;

/// <summary>What is no script is refused, with the place and what was expected there.</summary>
public sealed class LanguageTests
{
    [Theory]
    [InlineData("0 launch(3) = 0", "1:3", "the call 'launch' is not understood")]
    [InlineData("0 socket 3", "1:10", "expected '(' after 'socket'")]
    [InlineData("0 socket(..., 1, 2 = 3", "1:20", "expected ')'")]
    [InlineData("0 > S 0:0(1)", "1:7", "0 and 1 bytes end at 1, not at 0")]
    [InlineData("0 > Q 0:0(0)", "1:5", "'Q' is no TCP flag")]
    [InlineData("0 < S 0:0(0)", "1:5", "needs its window")]
    [InlineData("0 < S 0:0(0) win 70000", "1:18", "70000 is not a window: 0 to 65535")]
    [InlineData("0 < S 0:0(0) win 1 <...>", "1:21", "'<...>' is for packets that are expected")]
    [InlineData("0 < S 0:0(0) win 1 <mss 1460,speed 7>", "1:30", "'speed' is no TCP option")]
    [InlineData("0 < S 0:0(0) win 1 <sackOK>", "1:20", "no multiple of 4")]
    [InlineData("0 < icmp unreachable nowhere [1:1(0)]", "1:22", "'nowhere' is no code of 'unreachable' in IPv4")]
    [InlineData("0 < icmp packet_too_big mtu 1280 [1:1(0)]", "1:10", "'packet_too_big' is no ICMP type of IPv4")]
    [InlineData("0 < icmp unreachable mtu 1280 [1:1(0)]", "1:22", "only 'unreachable frag_needed' tells of an MTU")]
    [InlineData("0 > mpls (label 1) S 0:0(0)", "1:5", "'mpls' is not understood")]
    [InlineData("0 sleep", "1:8", "expected '(' after 'sleep'")]
    [InlineData("0", "1:2", "expected a packet")]
    [InlineData("", "1:1", "the script has no line")]
    [InlineData("--mtu=1500\n// nothing", "2:11", "the script has no line")]
    [InlineData("x S 0:0(0)", "1:1", "expected a time in seconds")]
    [InlineData("0 write(3, \"abc", "1:12", "has no second one")]
    [InlineData("/* begins", "1:1", "a comment begins here and does not end")]
    [InlineData("%{ begins", "1:1", "code begins here and does not end")]
    [InlineData("--ip_version=ipv5\n0 `x`", "1:1", "--ip_version=ipv5: the versions are ipv4")]
    [InlineData("--warp_speed\n0 `x`", "1:1", "--warp_speed: this option is not understood")]
    [InlineData("* < S 0:0(0) win 1", "1:1", "'*' and ranges of time are for packets that are expected")]
    [InlineData("0.2~0.1 > S 0:0(0)", "1:1", "ends before it begins")]
    [InlineData("0 connect(3, ..., ...) = -1 EWHATEVER (What)", "1:29", "expected the name of an error")]
    public void What_is_not_understood_is_refused_where_it_is(string text, string position, string reason)
    {
        var failure = Assert.Throws<ScriptException>(() => PacketScript.Parse("a.pkt", text));

        Assert.Equal(position, $"{failure.Position}");
        Assert.Contains(reason, failure.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0.100 > S 0:0(0)", "the first line is at time 0")]
    [InlineData("0 `x`\n.2 `y`\n.1 `z`", "time goes backwards, from 0.200000 to 0.100000")]
    [InlineData("0 > . 1:1(0) ack 1", "belongs to no socket")]
    [InlineData("0 socket(..., SOCK_RAW, IPPROTO_TCP) = 3", "sockets are of TCP or UDP")]
    [InlineData("0 socket(..., SOCK_UNHEARD_OF, IPPROTO_TCP) = 3", "the name 'SOCK_UNHEARD_OF' is not understood")]
    [InlineData("0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 listen(3) = 0", "listen has 1 arguments, expected 2")]
    [InlineData("0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 send(3, ..., 10, MSG_OOB) = 10", "send does not understand the flags 0x1")]
    public void What_cannot_be_run_fails(string text, string reason)
    {
        var outcome = PacketScript.Run("a.pkt", text, new DirectStackHost());

        Assert.NotNull(outcome.Failure);
        Assert.Contains(reason, outcome.Failure.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void An_option_from_outside_is_refused_without_a_place()
    {
        var outcome = PacketScript.Run("a.pkt", "0 `x`", new DirectStackHost(), "ip_version=ipv5");

        Assert.Equal("a.pkt: failed: --ip_version=ipv5: the versions are ipv4, ipv6 and ipv4-mapped-ipv6", outcome.ToString());
    }

    [Fact]
    public void Comments_of_three_kinds_are_skipped()
    {
        var outcome = PacketScript.Run("a.pkt", "// one\n/* two\n two */ 0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3 # three\n+0 close(3) = 0 // four", new DirectStackHost());

        Assert.True(outcome.HasPassed, outcome.ToString());
    }

    [Fact]
    public void Definitions_stand_for_their_values()
    {
        const string Text = "--define=KIND=SOCK_STREAM\n--define=FD=3\n0 socket(..., KIND, IPPROTO_TCP) = FD\n+0 close(FD) = 0";

        Assert.True(PacketScript.Run("a.pkt", Text, new DirectStackHost()).HasPassed);
    }

    [Fact]
    public void Options_from_outside_count_more()
    {
        const string Text = "--ip_version=ipv6\n0 < S 0:0(0) win 1 <mss 1000>\n+0 > R. 0:0(0) ack 1\n+0 < icmp unreachable host_unreachable [0:0(0)]";

        Assert.True(PacketScript.Run("a.pkt", Text, new DirectStackHost(), "ip_version=ipv4").HasPassed);
        Assert.Contains("no code of 'unreachable' in IPv6", PacketScript.Run("a.pkt", Text, new DirectStackHost()).Failure!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_gives_its_scripts_and_what_is_missing_a_reason()
    {
        Assert.True(ScriptFiles.TryFind(Path.Combine(AppContext.BaseDirectory, "Scripts"), out var files, out _));
        Assert.All(files, file => Assert.EndsWith(".pkt", file, StringComparison.Ordinal));
        Assert.False(ScriptFiles.TryFind("/no/such/thing.pkt", out _, out var problem));
        Assert.Equal("there is no such file or folder", problem);
    }
}
