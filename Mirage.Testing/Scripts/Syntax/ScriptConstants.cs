namespace Mirage.Testing.Scripts;

/// <summary>The names that scripts use for numbers, with the numbers of Linux. Socket options have no numbers here: they go by name.</summary>
internal static class ScriptConstants
{
    public const int MessagePeek = 0x2;
    public const int MessageDontWait = 0x40;
    public const int MessageMore = 0x8000;
    public const int MessageNoSignal = 0x4000;
    public const int MessageEndOfRecord = 0x80;
    public const int MessageWaitAll = 0x100;
    public const int MessageTruncate = 0x20;
    public const int NonBlocking = 0x800;
    public const int GetFlags = 3;
    public const int SetFlags = 4;

    private static readonly Dictionary<string, long> Values = new()
    {
        ["AF_UNSPEC"] = 0, ["AF_INET"] = 2, ["AF_INET6"] = 10, ["PF_INET"] = 2, ["PF_INET6"] = 10,
        ["SOCK_STREAM"] = 1, ["SOCK_DGRAM"] = 2, ["SOCK_RAW"] = 3, ["SOCK_NONBLOCK"] = NonBlocking, ["SOCK_CLOEXEC"] = 0x80000,
        ["IPPROTO_IP"] = 0, ["IPPROTO_ICMP"] = 1, ["IPPROTO_TCP"] = 6, ["IPPROTO_UDP"] = 17, ["IPPROTO_IPV6"] = 41, ["IPPROTO_ICMPV6"] = 58,
        ["SOL_IP"] = 0, ["SOL_SOCKET"] = 1, ["SOL_TCP"] = 6, ["SOL_UDP"] = 17, ["SOL_IPV6"] = 41,
        ["SHUT_RD"] = 0, ["SHUT_WR"] = 1, ["SHUT_RDWR"] = 2,
        ["O_RDONLY"] = 0, ["O_WRONLY"] = 1, ["O_RDWR"] = 2, ["O_NONBLOCK"] = NonBlocking,
        ["F_GETFD"] = 1, ["F_SETFD"] = 2, ["F_GETFL"] = GetFlags, ["F_SETFL"] = SetFlags, ["FD_CLOEXEC"] = 1,
        ["MSG_OOB"] = 1, ["MSG_PEEK"] = MessagePeek, ["MSG_DONTROUTE"] = 4, ["MSG_CTRUNC"] = 8, ["MSG_TRUNC"] = MessageTruncate,
        ["MSG_DONTWAIT"] = MessageDontWait, ["MSG_EOR"] = MessageEndOfRecord, ["MSG_WAITALL"] = MessageWaitAll, ["MSG_CONFIRM"] = 0x800, ["MSG_ERRQUEUE"] = 0x2000,
        ["MSG_NOSIGNAL"] = MessageNoSignal, ["MSG_MORE"] = MessageMore, ["MSG_FASTOPEN"] = 0x2000_0000, ["MSG_ZEROCOPY"] = 0x400_0000,
        ["POLLIN"] = 0x1, ["POLLPRI"] = 0x2, ["POLLOUT"] = 0x4, ["POLLERR"] = 0x8, ["POLLHUP"] = 0x10, ["POLLNVAL"] = 0x20, ["POLLRDNORM"] = 0x40,
        ["POLLRDBAND"] = 0x80, ["POLLWRNORM"] = 0x100, ["POLLWRBAND"] = 0x200, ["POLLRDHUP"] = 0x2000,
        ["EPOLLIN"] = 0x1, ["EPOLLPRI"] = 0x2, ["EPOLLOUT"] = 0x4, ["EPOLLERR"] = 0x8, ["EPOLLHUP"] = 0x10, ["EPOLLRDHUP"] = 0x2000, ["EPOLLET"] = 1L << 31, ["EPOLLONESHOT"] = 1L << 30,
        ["EPOLL_CTL_ADD"] = 1, ["EPOLL_CTL_DEL"] = 2, ["EPOLL_CTL_MOD"] = 3,
        ["SIOCINQ"] = 0x541b, ["FIONREAD"] = 0x541b, ["SIOCOUTQ"] = 0x5411, ["TIOCOUTQ"] = 0x5411,
        ["IP_PMTUDISC_DONT"] = 0, ["IP_PMTUDISC_WANT"] = 1, ["IP_PMTUDISC_DO"] = 2, ["IP_PMTUDISC_PROBE"] = 3,
        ["TCP_CA_Open"] = 0, ["TCP_CA_Disorder"] = 1, ["TCP_CA_CWR"] = 2, ["TCP_CA_Recovery"] = 3, ["TCP_CA_Loss"] = 4, ["TCP_INFINITE_SSTHRESH"] = 0x7fff_ffff,
        ["TCPI_OPT_TIMESTAMPS"] = 1, ["TCPI_OPT_SACK"] = 2, ["TCPI_OPT_WSCALE"] = 4, ["TCPI_OPT_ECN"] = 8, ["TCPI_OPT_ECN_SEEN"] = 16,
        ["TCP_ESTABLISHED"] = 1, ["TCP_SYN_SENT"] = 2, ["TCP_SYN_RECV"] = 3, ["TCP_FIN_WAIT1"] = 4, ["TCP_FIN_WAIT2"] = 5, ["TCP_TIME_WAIT"] = 6, ["TCP_CLOSE"] = 7,
        ["TCP_CLOSE_WAIT"] = 8, ["TCP_LAST_ACK"] = 9, ["TCP_LISTEN"] = 10, ["TCP_CLOSING"] = 11,
        ["TCPI_CLOSED"] = 7, ["TCPI_LISTEN"] = 10, ["TCPI_SYN_SENT"] = 2, ["TCPI_SYN_RECEIVED"] = 3, ["TCPI_ESTABLISHED"] = 1, ["TCPI_CLOSE_WAIT"] = 8, ["TCPI_FIN_WAIT_1"] = 4,
        ["TCPI_CLOSING"] = 11, ["TCPI_LAST_ACK"] = 9, ["TCPI_FIN_WAIT_2"] = 5, ["TCPI_TIME_WAIT"] = 6,
        ["NULL"] = 0,
    };

    public static bool TryGet(string name, out long value)
    {
        if (Values.TryGetValue(name, out value))
        {
            return true;
        }

        if (!IsError(name))
        {
            return false;
        }

        value = (long)Enum.Parse<Errno>(name);
        return true;
    }

    public static bool IsError(string name) => name.StartsWith('E') && Enum.IsDefined(typeof(Errno), name);

    /// <summary>Whether two names stand for one error: EAGAIN is EWOULDBLOCK.</summary>
    public static bool IsSameError(string name, Errno error) => Enum.Parse<Errno>(name) == error;
}
