namespace Mirage.Interoperation.Tests;

/// <summary>Links of other sizes, and hosts behind a router.</summary>
public sealed class LinkTests
{
    [Theory]
    [InlineData(576)]
    [InlineData(9000)]
    public async Task Packets_are_as_large_as_the_link_takes(int mtu)
    {
        using var network = Network.Create(mtu);
        using var example = await network.StartAsync("Services tap");
        _ = await network.PingAsync(Network.Address, 3, "-i", "0.1", "-M", "do", "-s", $"{mtu - 28}");
        Assert.Equal("20 connections of 300000 bytes", await network.ClientAsync("echo", Ports.Echo, 20, 300_000));
        Assert.StartsWith("received 20000000 bytes", await network.ClientAsync("chargen", Ports.Chargen, 20_000_000), StringComparison.Ordinal);
        using var client = network.StartClient("hold", Ports.Chargen);
        _ = await client.WaitForLineAsync(line => line == "connected", Bound.Token());
        Assert.Matches($@" mss:{mtu - 52} .* rcvmss:{mtu - 52} ", await network.RunToolAsync("ss", "-tinoOH", "dst", Network.Address));
        await network.CheckChecksumsAsync();
    }

    [Fact]
    public async Task Hosts_behind_the_gateway_are_answered()
    {
        using var network = Network.Create();
        _ = await network.ShellAsync("ip addr add 192.0.2.1/32 dev lo");
        using var example = await network.StartAsync("Services tap", "--ipv4-gateway", Network.KernelAddress);
        _ = await network.PingAsync(Network.Address, 3, "-i", "0.1", "-I", "192.0.2.1");
        Tools.Require("nc");
        Assert.Equal("there and back", await network.ShellAsync("printf 'there and back' | nc -N -s 192.0.2.1 10.0.0.2 7"));
    }

    [Fact]
    public async Task Without_a_gateway_they_are_not()
    {
        using var network = Network.Create();
        _ = await network.ShellAsync("ip addr add 192.0.2.1/32 dev lo");
        using var example = await network.StartAsync("Services tap");
        Tools.Require("ping");
        var outcome = await network.Space.RunAsync("ping", ["-c", "3", "-i", "0.01", "-W", "0.2", "-I", "192.0.2.1", Network.Address], Bound.Token());
        Assert.Contains("3 packets transmitted, 0 received", outcome.Output, StringComparison.Ordinal);
        Assert.Equal("1 connections in sequence", await network.ClientAsync("sequence", Ports.Echo, 1));
    }

    [Fact]
    public async Task A_dissector_finds_every_packet_well_formed()
    {
        Tools.Require("tshark");
        using var network = Network.Create();
        using var example = await network.StartAsync("Services tap");
        var directory = Directory.CreateTempSubdirectory("mirage-capture-");
        try
        {
            var file = Path.Join(directory.FullName, "packets.pcapng");
            using (var capture = network.Space.Start("sh", "-c", $"exec tshark -l -P -n -i tap0 -B 64 -w '{file}' 2>&1"))
            {
                // It says nothing when it has begun, but shows the packets; so there are some until it has shown one.
                var begun = capture.WaitForLineAsync(line => line.Contains("Echo (ping) reply", StringComparison.Ordinal), Bound.Token());
                while (!begun.IsCompleted)
                {
                    _ = await network.RunToolAsync("ping", "-c", "1", "-W", "10", Network.Address);
                }

                _ = await begun;
                _ = await network.ClientAsync("echo", Ports.Echo, 5, 100_000);
                _ = await network.ClientAsync("datagrams", Ports.Echo, 50);
                _ = await network.ClientAsync("refused-udp", Ports.Closed);
                _ = await network.ClientAsync("refused-tcp", Ports.Closed);
                _ = await capture.WaitForLineAsync(line => line.Contains("[RST", StringComparison.Ordinal), Bound.Token());
                capture.Signal(Signals.Interrupt);
                Assert.Equal(0, await capture.WaitForExitAsync(Bound.Token()));
            }

            Assert.NotEmpty(await DissectAsync("tcp.flags.reset == 1"));
            Assert.NotEmpty(await DissectAsync("icmp.type == 3"));
            Assert.NotEmpty(await DissectAsync("udp.checksum.status == 1"));
            Assert.NotEmpty(await DissectAsync("tcp.len > 1000 and tcp.checksum.status == 1"));
            Assert.Empty(await DissectAsync("_ws.malformed or ip.checksum.status == 0 or tcp.checksum.status == 0 or udp.checksum.status == 0 or icmp.checksum.status == 0"));

            Task<string> DissectAsync(string filter) => network.RunToolAsync(
                "tshark", "-r", file, "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE",
                "-Y", $"ip.src == {Network.Address} and ({filter})");
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
