using System.Globalization;
using System.Text;
using Mirage;

namespace Services;

/// <summary>Daytime over TCP (RFC 867): sends the date and time, and closes.</summary>
/// <typeparam name="TClock">The clock's type.</typeparam>
/// <param name="clock">The clock.</param>
public readonly struct DaytimeHandler<TClock>(TClock clock) : IFlowHandler
    where TClock : struct, IWallClock
{
    private readonly TClock _clock = clock;

    /// <inheritdoc/>
    public async ValueTask HandleAsync<TFlow>(TFlow flow)
        where TFlow : struct, IFlow
    {
        // A peer that left before the time came does not want it any more.
        _ = await flow.WriteAsync(DaytimeText.Of(_clock.UtcNow));
    }
}

/// <summary>Daytime over UDP (RFC 867): answers each datagram with the date and time.</summary>
/// <typeparam name="TUdp">The stack's type.</typeparam>
/// <typeparam name="TClock">The clock's type.</typeparam>
/// <param name="udp">The stack.</param>
/// <param name="clock">The clock.</param>
/// <param name="ports">The services' ports, which get no answer.</param>
public readonly struct DaytimeDatagramHandler<TUdp, TClock>(TUdp udp, TClock clock, ServicePorts ports) : IDatagramHandler
    where TUdp : struct, IUdp
    where TClock : struct, IWallClock
{
    /// <inheritdoc/>
    public void OnDatagram(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload)
    {
        if (!ports.IsService(remote.Port))
        {
            _ = udp.SendUdp(local, remote, DaytimeText.Of(clock.UtcNow));
        }
    }
}

/// <summary>The date and time as a line of text.</summary>
public static class DaytimeText
{
    /// <summary>The first of the syntaxes that RFC 867 calls popular: <c>Tuesday, February 22, 1982 17:37:43-UTC</c>.</summary>
    /// <param name="time">The time.</param>
    /// <returns>The line with its end, in ASCII.</returns>
    public static byte[] Of(DateTimeOffset time)
        => Encoding.ASCII.GetBytes(time.UtcDateTime.ToString("dddd, MMMM d, yyyy HH:mm:ss'-UTC\r\n'", CultureInfo.InvariantCulture));
}
