namespace Mirage.Testing.Scripts;

/// <summary>The calls that scripts can make.</summary>
internal static class ScriptCalls
{
    public static readonly HashSet<string> Names =
    [
        "socket", "bind", "listen", "accept", "connect", "read", "readv", "recv", "recvfrom", "recvmsg", "write", "writev", "send", "sendto", "sendmsg",
        "shutdown", "close", "fcntl", "ioctl", "setsockopt", "getsockopt", "poll", "epoll_create", "epoll_ctl", "epoll_wait",
    ];
}
