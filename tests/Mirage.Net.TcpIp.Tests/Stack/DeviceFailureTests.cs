using Mirage.Net.Virtual;

namespace Mirage.Net.TcpIp.Tests;

public class DeviceFailureTests
{
    [Fact]
    public void A_device_that_goes_away_ends_the_stack_and_everything_on_it()
    {
        var loop = new SimulatedLoop(seed: 1);
        var platform = new SimulatedPlatform(loop);
        var network = new VirtualSwitch(loop);
        var device = network.Connect(mtu: 1500);
        var client = DirectStack<VirtualNetwork, SimulatedPlatform, Cubic>.Connect(
            device, platform, new DirectStackOptions { Addresses = [new IpNetwork(Simulation.ClientAddress, 24)] });
        var server = DirectStack<VirtualNetwork, SimulatedPlatform, Cubic>.Connect(
            network.Connect(mtu: 1500), platform, new DirectStackOptions { Addresses = [new IpNetwork(Simulation.ServerAddress, 24)] });
        loop.Run(async () =>
        {
            _ = server.ListenTcp(7, new EchoHandler()).ThrowIfFailed();
            var flow = (await client.ConnectTcpAsync(new IpEndpoint(Simulation.ServerAddress, 7))).ThrowIfFailed();
            var reading = flow.ReadAsync(new byte[1]);
            var running = client.RunAsync(TestContext.Current.CancellationToken);

            await device.DisconnectAsync();

            Assert.Equal(ErrorKind.Disconnected, (await reading).Error.Kind);
            Assert.Equal(ErrorKind.Disconnected, (await Assert.ThrowsAsync<DeviceException>(() => running)).Error.Kind);
            Assert.Equal(ErrorKind.Disconnected, client.ListenTcp(7, new EchoHandler()).Error.Kind);
            await server.DisconnectAsync();
        });
    }

    [Fact]
    public void Disconnecting_ends_everything_that_waits_and_nothing_waits_afterwards()
    {
        var simulation = new Simulation();
        var stack = simulation.Client;
        simulation.Run(async () =>
        {
            await simulation.Sleep(5);
            var nobody = new Ipv4Address(10, 0, 0, 99);
            var nobody6 = Ipv6Address.Parse("fe80::99");

            // Neighbours that do not answer, with packets that wait for them; packets to itself; a part of a datagram; a connection that opens; data that nobody reads.
            var waiting = new List<Task>
            {
                stack.NeighbourAsync(nobody).AsTask(),
                stack.NeighbourAsync(nobody6).AsTask(),
                stack.IsInUseAsync(nobody).AsTask(),
                stack.IsInUseAsync(nobody6).AsTask(),
                stack.Icmp.PingAsync(nobody, new byte[100], TimeSpan.FromSeconds(10)).AsTask(),
                stack.ConnectTcpAsync(new IpEndpoint(nobody, 7)).AsTask(),
            };
            stack.SendUdp(default, new IpEndpoint(nobody, 9), new byte[1000]).ThrowIfFailed();
            stack.SendUdp(default, new IpEndpoint(Simulation.ClientAddress, 9), new byte[1000]).ThrowIfFailed();
            _ = simulation.Server.ListenTcp(7, new EchoHandler()).ThrowIfFailed();
            var flow = await simulation.ConnectAsync(7);
            waiting.Add(flow.WriteAsync(new byte[10_000_000]).AsTask());
            stack.SendUdp(default, new IpEndpoint(Simulation.ClientAddress, 9), new byte[1000]).ThrowIfFailed();

            await stack.DisconnectAsync();

            await Task.WhenAll(waiting).WaitAsync(TimeSpan.FromMinutes(1), simulation.Platform.TimeProvider);
            Assert.Equal(ErrorKind.Disconnected, (await stack.NeighbourAsync(nobody).AsTask().WaitAsync(TimeSpan.FromMinutes(1), simulation.Platform.TimeProvider)).Error.Kind);
            Assert.Equal(ErrorKind.Disconnected, (await stack.NeighbourAsync(nobody6).AsTask().WaitAsync(TimeSpan.FromMinutes(1), simulation.Platform.TimeProvider)).Error.Kind);
            Assert.False(await stack.IsInUseAsync(nobody).AsTask().WaitAsync(TimeSpan.FromMinutes(1), simulation.Platform.TimeProvider));
            Assert.False(await stack.IsInUseAsync(nobody6).AsTask().WaitAsync(TimeSpan.FromMinutes(1), simulation.Platform.TimeProvider));
            Assert.Equal(0, stack.Counters.BuffersInUse);
        });
    }
}
