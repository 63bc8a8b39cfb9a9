using Mirage;
using Mirage.Net.Tap;

namespace TapProbe;

/// <summary>What a test may ask while the device is open.</summary>
internal static class Commands
{
    public static void Run(string command, HostLoop loop, TapNetwork tap)
        => Console.WriteLine(command switch
        {
            "counters" => $"turns {loop.Counters.Turns} received {tap.Counters.ReceivedFrames} sent {tap.Counters.SentFrames} lost {tap.Counters.SendDropped}",
            "send" => $"send {Send(tap)}",
            _ => $"unknown {command}",
        });

    private static string Send(TapNetwork tap)
    {
        var lend = tap.Rent(60, out var frame);
        if (lend != LendStatus.Lent)
        {
            return lend.ToString();
        }

        frame.Clear();
        MacAddress.Broadcast.CopyTo(frame);
        tap.Mac.CopyTo(frame[6..]);
        return tap.Send(60, default).ToString();
    }
}
