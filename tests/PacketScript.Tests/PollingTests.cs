using Mirage.Testing.Scripts;

namespace Mirage.Scripts.Tests;

/// <summary>Scripts that wait for several sockets: poll, and epoll with levels and edges.</summary>
public sealed class PollingTests
{
    private const string Accepted = """
            0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
           +0 bind(3, ..., ...) = 0
           +0 listen(3, 1) = 0
           +0 poll([{fd=3, events=POLLIN}], 1, 0) = 0
           +0 < S 0:0(0) win 65535 <mss 1000>
           +0 > S. 0:0(0) ack 1 <mss 1460>
         +.01 < . 1:1(0) ack 1 win 65535
           +0 poll([{fd=3, events=POLLIN, revents=POLLIN}], 1, 0) = 1
           +0 accept(3, ..., ...) = 4

        """;

    [Fact]
    public void Poll_waits_for_data_and_tells_of_the_end()
        => Passes("""
                   +0...0.1 poll([{fd=4, events=POLLIN, revents=POLLIN}], 1, 1000) = 1
                  +.1 < P. 1:11(10) ack 1 win 65535
                   +0 > . 1:1(0) ack 11
                   +0 read(4, ..., 100) = 10
                   +0...0.05 poll([{fd=4, events=POLLIN}], 1, 50) = 0
                  +.1 < F. 11:11(0) ack 1 win 65535
                   +0 > . 1:1(0) ack 12
                   +0 poll([{fd=4, events=POLLIN|POLLRDHUP|POLLOUT, revents=POLLIN|POLLRDHUP|POLLOUT}], 1, 0) = 1
                """);

    [Fact]
    public void Epoll_tells_of_levels_each_time()
        => Passes("""
                   +0 epoll_create(1) = 5
                   +0 epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLIN, fd=4}) = 0
                   +0 epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLIN, fd=4}) = -1 EEXIST (File exists)
                   +0 epoll_wait(5, {events=0, ptr=0}, 1, 0) = 0
                  +.1 < P. 1:11(10) ack 1 win 65535
                   +0 > . 1:1(0) ack 11
                   +0 epoll_wait(5, {events=EPOLLIN, fd=4}, 1, 0) = 1
                   +0 epoll_wait(5, {events=EPOLLIN, fd=4}, 1, 0) = 1
                   +0 epoll_ctl(5, EPOLL_CTL_DEL, 4, NULL) = 0
                   +0 epoll_wait(5, {events=0, ptr=0}, 1, 0) = 0
                """);

    [Fact]
    public void Epoll_tells_of_an_edge_once_and_of_more_data_again()
        => Passes("""
                   +0 epoll_create(1) = 5
                   +0 epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLIN|EPOLLET, fd=4}) = 0
                  +.1 < P. 1:11(10) ack 1 win 65535
                   +0 > . 1:1(0) ack 11
                   +0 epoll_wait(5, {events=EPOLLIN, fd=4}, 1, 0) = 1
                   +0 epoll_wait(5, {events=0, ptr=0}, 1, 0) = 0
                  +.1 < P. 11:21(10) ack 1 win 65535
                   +0 > . 1:1(0) ack 21
                   +0 epoll_wait(5, {events=EPOLLIN, fd=4}, 1, 0) = 1
                   +0 epoll_wait(5, {events=0, ptr=0}, 1, 0) = 0
                """);

    private static void Passes(string text)
    {
        var outcome = PacketScript.Run("a.pkt", Accepted + text, new DirectStackHost());

        Assert.True(outcome.HasPassed, outcome.ToString());
    }
}
