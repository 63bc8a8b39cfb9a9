using Mirage.Testing.Scripts;

namespace Mirage.Scripts.Tests;

/// <summary>A script fails where the stack does otherwise, and says where and why.</summary>
public sealed class JudgementTests
{
    private const string Accepted = """
            0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
           +0 bind(3, ..., ...) = 0
           +0 listen(3, 1) = 0
           +0 < S 0:0(0) win 65535 <mss 1000>
           +0 > S. 0:0(0) ack 1 <mss 1460>
         +.01 < . 1:1(0) ack 1 win 65535
           +0 accept(3, ..., ...) = 4
        """;

    [Theory]
    [InlineData("+0 > P. 1:1001(1000) ack 1", null)]
    [InlineData("+0 > P. 1:1001(1000) ack 1 win 65535", null)]
    [InlineData("+0 > P. 1:1001(1000) ack 1 <...>", null)]
    [InlineData("* > P. 1:1001(1000) ack 1", null)]
    [InlineData("+0~+.1 > P. 1:1001(1000) ack 1", null)]
    [InlineData("+0 > . 1:1001(1000) ack 1", "flags: expected ., seen P.")]
    [InlineData("+0 > FP. 1:1001(1000) ack 1", "flags: expected FP., seen P.")]
    [InlineData("+0 > P. 2:1002(1000) ack 1", "sequence number: expected 2, seen 1")]
    [InlineData("+0 > P. 1:501(500) ack 1", "length: expected 500, seen 1000")]
    [InlineData("+0 > P. 1:1001(1000) ack 2", "acknowledgement number: expected 2, seen 1")]
    [InlineData("+0 > P. 1:1001(1000) ack 1 win 1", "window: expected 1, seen 65535")]
    [InlineData("+0 > P. 1:1001(1000) ack 1 <nop,nop,nop,nop>", "options: expected <nop,nop,nop,nop>, seen <>")]
    [InlineData("+.1 > P. 1:1001(1000) ack 1", "was expected at 0.110000 and came at 0.010000")]
    [InlineData("+.1~+.2 > P. 1:1001(1000) ack 1", "was expected from 0.110000 to 0.210000 and came at 0.010000")]
    [InlineData("+0 > [ect0] P. 1:1001(1000) ack 1", "ECN of the IP header: expected ect0, seen noecn")]
    [InlineData("+0 > P. 1:2001(2000) ack 1", "the packets of the stack do not follow each other")]
    [InlineData("+0 > udp (1000)", "the stack sent nothing")]
    public void What_is_sent_is_compared(string expectation, string? reason) => Judge($"{Accepted}\n+0 write(4, ..., 1000) = 1000\n{expectation}", 9, reason);

    [Theory]
    [InlineData("+0 accept(4, ..., ...) = -1 EINVAL (Invalid argument)", null)]
    [InlineData("+0 accept(4, ..., ...) = 5", "accept returned -1 EINVAL, expected 5")]
    [InlineData("+0 write(4, ..., 10) = 11", "write returned 10, expected 11")]
    [InlineData("+0 read(4, ..., 10) = -1 EAGAIN", "read blocks: it has not returned by")]
    [InlineData("+0 shutdown(4, SHUT_RDWR) = -1 ENOTCONN", "shutdown returned 0, expected -1 ENOTCONN")]
    [InlineData("+0 getsockopt(4, SOL_TCP, TCP_NODELAY, [1], [4]) = 0", "TCP_NODELAY is 0, expected 1")]
    [InlineData("+0 setsockopt(4, SOL_TCP, TCP_INQ, [1], 4) = 0", "setsockopt: the stack under test does not have the option TCP_INQ")]
    [InlineData("+0 poll([{fd=4, events=POLLIN, revents=POLLIN}], 1, 0) = 1", "poll returned 0, expected 1")]
    [InlineData("+0 poll([{fd=4, events=POLLIN|POLLOUT, revents=POLLIN}], 1, 0) = 1", "poll told Writable")]
    [InlineData("+0...0.1 read(4, ..., 10) = 10", "read blocks")]
    [InlineData("+0 read(7, ..., 10) = 10", "the script has no descriptor 7")]
    [InlineData("+0 %{ assert tcpi_snd_cwnd == 10, tcpi_snd_cwnd }%", null)]
    [InlineData("+0 %{ assert tcpi_snd_cwnd == 11, tcpi_snd_cwnd }%", "tcpi_snd_cwnd is 10")]
    [InlineData("+0 %{ assert tcpi_unheard_of == 1 }%", "does not tell tcpi_unheard_of")]
    [InlineData("+0 %{ import os }%", "is not understood")]
    public void What_calls_return_is_compared(string call, string? reason) => Judge($"{Accepted}\n{call}", 8, reason);

    [Fact]
    public void A_call_that_blocks_returns_at_its_time()
    {
        Judge($"{Accepted}\n+0...0.1 read(4, ..., 10) = 10\n+.1 < P. 1:11(10) ack 1 win 65535", 8, null);
        Judge($"{Accepted}\n+0...0.2 read(4, ..., 10) = 10\n+.1 < P. 1:11(10) ack 1 win 65535", 8, "the return of read was expected at 0.210000 and came at 0.110000");
    }

    [Fact]
    public void Commands_are_skipped_with_a_note()
    {
        var outcome = PacketScript.Run("a.pkt", "`sysctl -q net.ipv4.tcp_sack=1`\n 0 `date`\n+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n`cleanup`", new DirectStackHost());

        Assert.True(outcome.HasPassed, outcome.ToString());
        Assert.Equal(["1:1: skipped the command `sysctl -q net.ipv4.tcp_sack=1`", "2:2: skipped the command `date`", "4:1: skipped the command `cleanup`"], outcome.Notes);
    }

    [Fact]
    public void What_is_not_fatal_is_a_note()
    {
        var outcome = PacketScript.Run("a.pkt", $"--non_fatal=packet,syscall\n{Accepted}\n+0 write(4, ..., 10) = 11\n+0 > . 1:1(0) ack 7", new DirectStackHost());

        Assert.True(outcome.HasPassed, outcome.ToString());
        Assert.Equal(2, outcome.Notes.Count);
    }

    [Fact]
    public void The_same_script_gives_the_same_outcome()
    {
        var text = $"{Accepted}\n+0 write(4, ..., 1000) = 1000\n+.3 > P. 1:1001(1000) ack 7";

        Assert.Equal($"{PacketScript.Run("a.pkt", text, new DirectStackHost())}", $"{PacketScript.Run("a.pkt", text, new DirectStackHost())}");
    }

    private static void Judge(string text, int line, string? reason)
    {
        var outcome = PacketScript.Run("a.pkt", text, new DirectStackHost());
        if (reason is null)
        {
            Assert.True(outcome.HasPassed, outcome.ToString());
            return;
        }

        Assert.False(outcome.HasPassed, "the script should have failed");
        Assert.Contains(reason, outcome.Failure!.Reason, StringComparison.Ordinal);
        Assert.Equal(line, outcome.Failure.Position.Line);
    }
}
