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
}
