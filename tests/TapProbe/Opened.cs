using Mirage;
using Mirage.Net.Tap;

namespace TapProbe;

/// <summary>An open device of either kind, as the commands see it.</summary>
/// <param name="Description">What to say when it is open.</param>
/// <param name="Counters">What has gone through.</param>
/// <param name="Send">Sends something of 60 bytes that nobody answers, and says what came of it.</param>
/// <param name="Answer">Attaches what answers pings for an address.</param>
/// <param name="DisconnectAsync">Closes it.</param>
internal sealed record Opened(string Description, Func<NetworkCounters> Counters, Func<string> Send, Action<IpAddress> Answer, Func<ValueTask> DisconnectAsync)
{
    private const int Length = 60;

    public static Result<Opened> Tap(HostLoop loop, string name)
    {
        var opened = TapNetwork.Open(new HostPlatform(loop), name);
        return opened.TryGet(out var tap)
            ? new Opened($"opened {tap.Name} mtu {tap.Mtu} mac {tap.Mac}", () => tap.Counters, Send, address => loop.Attach(new Answerer(tap, address.V4)), tap.DisconnectAsync)
            : opened.Error;

        string Send()
        {
            var lend = tap.Rent(Length, out var frame);
            if (lend != LendStatus.Lent)
            {
                return lend.ToString();
            }

            frame.Clear();
            MacAddress.Broadcast.CopyTo(frame);
            tap.Mac.CopyTo(frame[6..]);
            return tap.Send(Length, default).ToString();
        }
    }

    public static Result<Opened> Tun(HostLoop loop, string name)
    {
        var opened = TunDevice.Open(new HostPlatform(loop), name);
        return opened.TryGet(out var tun)
            ? new Opened($"opened {tun.Name} mtu {tun.Mtu}", () => tun.Counters, Send, _ => loop.Attach(new PacketAnswerer(tun)), tun.DisconnectAsync)
            : opened.Error;

        string Send()
        {
            var lend = tun.Rent(Length, out var packet);
            if (lend != LendStatus.Lent)
            {
                return lend.ToString();
            }

            // An IPv6 packet without anything in it (RFC 8200 §4.7), to the discard prefix (RFC 6666).
            packet.Clear();
            packet[0] = 0x60;
            packet[5] = Length - 40;
            (packet[6], packet[7]) = (59, 1);
            (packet[24], packet[39]) = (1, 1);
            return tun.Send(Length, default).ToString();
        }
    }
}
