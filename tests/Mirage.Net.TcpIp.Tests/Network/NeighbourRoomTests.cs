using Mirage.Net.Virtual;

namespace Mirage.Net.TcpIp.Tests.Network;

public sealed class NeighbourRoomTests
{
    private const ushort Port = 9;

    /// <summary>What asks for a neighbour, and what waited for its answer, waits for room in the device, and not for the next question.</summary>
    [Theory]
    [InlineData("10.0.0.1", "10.0.0.2")]
    [InlineData("2001:db8::1", "2001:db8::2")]
    public void Questions_and_what_waits_for_answers_leave_when_the_device_has_room(string own, string other)
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            var loop = new SimulatedLoop(seed);
            var platform = new SimulatedPlatform(loop);
            var network = new VirtualSwitch(loop);
            var device = new Impaired<VirtualNetwork, SimulatedPlatform>(network.Connect(), platform);
            var sender = DirectStack<Impaired<VirtualNetwork, SimulatedPlatform>, SimulatedPlatform, Cubic>.Connect(device, platform, new() { Addresses = [Address(own)] });
            var receiver = DirectStack<VirtualNetwork, SimulatedPlatform, Cubic>.Connect(network.Connect(), platform, new() { Addresses = [Address(other)] });
            var received = new List<byte>();
            _ = receiver.ListenUdp(Port, (_, _, payload) => received.Add(payload[0])).ThrowIfFailed();
            loop.Run(async () =>
            {
                // Until the addresses are this host's (RFC 4862 §5.4).
                await platform.SleepAsync(TimeSpan.FromSeconds(5));
                device.Outbound = new LinkOptions { Refusal = 0.9 };
                for (byte i = 0; i < 5; i++)
                {
                    sender.SendUdp(default, new(IpAddress.Parse(other), Port), [i]).ThrowIfFailed();
                }

                await platform.SleepAsync(TimeSpan.FromMilliseconds(10));
            });
            Assert.Equal([0, 1, 2, 3, 4], received);
            Assert.InRange(device.OutboundCounters.Refused, 1, 10_000);
        }
    }

    private static IpNetwork Address(string address) => new(IpAddress.Parse(address), address.Contains(':', StringComparison.Ordinal) ? 64 : 24);
}
