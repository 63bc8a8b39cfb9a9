namespace Mirage.Net.TcpIp.Tests;

public class EchoTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(1460)]
    [InlineData(65_536)]
    [InlineData(1 << 20)]
    [InlineData(16 << 20)]
    public void What_is_sent_comes_back(int size)
    {
        var simulation = new Simulation();
        simulation.Run(async () =>
        {
            simulation.Server.ListenTcp(7, new EchoHandler()).ThrowIfFailed();
            var flow = await simulation.ConnectAsync(7);
            var sent = new byte[size];
            new Random(1).NextBytes(sent);
            var writing = WriteAsync(flow, sent);
            var received = await flow.ReadAllAsync();
            await writing;
            Assert.True(sent.AsSpan().SequenceEqual(received));
            (await flow.CloseAsync()).ThrowIfFailed();
        });
    }

    private static async Task WriteAsync(TcpFlow flow, byte[] data)
    {
        (await flow.WriteAsync(data)).ThrowIfFailed();
        (await flow.ShutdownAsync(FlowDirection.Write)).ThrowIfFailed();
    }
}
