using Mirage;

namespace TapProbe;

/// <summary>What a test may ask while the device is open.</summary>
internal static class Commands
{
    public static void Run(string command, HostLoop loop, Opened device)
    {
        var counters = device.Counters();
        Console.WriteLine(command switch
        {
            "counters" => $"turns {loop.Counters.Turns} received {counters.ReceivedFrames} sent {counters.SentFrames} lost {counters.SendDropped}",
            "send" => $"send {device.Send()}",
            _ => $"unknown {command}",
        });
    }
}
