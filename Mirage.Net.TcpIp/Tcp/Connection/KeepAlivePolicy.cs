namespace Mirage.Net.TcpIp;

/// <summary>A <see cref="KeepAlive"/> that many connections share.</summary>
internal sealed class KeepAlivePolicy(KeepAlive times)
{
    public KeepAlive Times { get; } = times;

    public static KeepAlivePolicy? From(KeepAlive? times) => times is { } given ? new(given) : null;
}
