using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using Mirage;
using Mirage.Net.TcpIp;
using Services;
using Stack = Mirage.Net.TcpIp.DirectStack<ThirdParty.Tests.CableNetwork, Mirage.HostPlatform, Mirage.Net.TcpIp.Cubic>;

namespace ThirdParty.Tests;

/// <summary>A network device, a console and a flow that somebody else wrote take their places beside the project's own.</summary>
public class ThirdPartyTests
{
    private const ushort Port = 7;

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);
    private static readonly IpAddress _clientAddress = new Ipv4Address(10, 0, 0, 1);
    private static readonly IpAddress _serverAddress = new Ipv4Address(10, 0, 0, 2);

    [Fact]
    public void The_direct_stack_runs_over_somebody_s_device()
        => RunWithStacks(async (client, server) =>
        {
            var handler = new EchoDatagramHandler<Stack>(server, new ServicePorts(0));
            _ = server.ListenTcp(Port, new EchoHandler()).ThrowIfFailed();
            _ = server.ListenUdp(Port, handler).ThrowIfFailed();
            var answer = new TaskCompletionSource<byte[]>();
            var local = client.ListenUdp(0, (_, _, payload) => answer.TrySetResult(payload.ToArray())).ThrowIfFailed();
            client.SendUdp(local, new IpEndpoint(_serverAddress, Port), "datagram"u8).ThrowIfFailed();
            Assert.Equal("datagram"u8.ToArray(), await answer.Task);

            var flow = (await client.ConnectTcpAsync(new IpEndpoint(_serverAddress, Port))).ThrowIfFailed();
            await AssertEchoAsync(flow, 1 << 20);
            (await flow.CloseAsync()).ThrowIfFailed();
        });

    [Fact]
    public void A_handler_serves_somebody_s_flow()
        => Run(async _ =>
        {
            var (client, server) = PipeFlow.Create();
            var serving = ServeAsync(server, new EchoHandler());
            await AssertEchoAsync(client, 10_000);
            (await client.CloseAsync()).ThrowIfFailed();
            await serving;
        });

    [Fact]
    public void A_unikernel_writes_on_somebody_s_console()
        => RunWithStacks(async (client, server) =>
        {
            var pages = new StringBuilder();
            using var stop = new CancellationTokenSource();
            var running = new Greeter<NotebookConsole, Stack>(new NotebookConsole(pages), server).StartAsync(stop.Token);
            await stop.CancelAsync();
            await running;
            Assert.StartsWith("at 10.0.0.2/24 fe80::", pages.ToString());
        });

    [Fact]
    public void No_package_lets_this_project_see_its_internals()
    {
        var friends = new[] { typeof(IFlow), typeof(HostPlatform), typeof(TcpFlow) }
            .SelectMany(type => type.Assembly.GetCustomAttributes<InternalsVisibleToAttribute>())
            .Select(friend => friend.AssemblyName.Split(',')[0]);
        Assert.DoesNotContain(typeof(ThirdPartyTests).Assembly.GetName().Name, friends);
    }

    private static void RunWithStacks(Func<Stack, Stack, Task> story)
        => Run(async loop =>
        {
            var (a, b) = CableNetwork.Create(loop);
            var platform = new HostPlatform(loop);
            var client = Stack.Connect(a, platform, new DirectStackOptions { Addresses = [new IpNetwork(_clientAddress, 24)] });
            var server = Stack.Connect(b, platform, new DirectStackOptions { Addresses = [new IpNetwork(_serverAddress, 24)] });
            await story(client, server);
            await client.DisconnectAsync();
            await server.DisconnectAsync();
            Assert.Equal(LendStatus.Disconnected, a.Rent(60, out _));
        });

    private static void Run(Func<HostLoop, Task> story)
    {
        using var loop = new HostLoop();
        loop.Run(() => story(loop).WaitAsync(_limit, TestContext.Current.CancellationToken));
    }

    // As a stack does: when the handler returns, its flow is closed.
    private static async Task ServeAsync<TFlow, THandler>(TFlow flow, THandler handler)
        where TFlow : struct, IFlow
        where THandler : struct, IFlowHandler
    {
        await handler.HandleAsync(flow);
        (await flow.CloseAsync()).ThrowIfFailed();
    }

    private static async Task AssertEchoAsync<TFlow>(TFlow flow, int size)
        where TFlow : struct, IFlow
    {
        var sent = new byte[size];
        new Random(1).NextBytes(sent);
        var writing = WriteAsync(flow, sent);
        using var received = new MemoryStream();
        var buffer = new byte[10_000];
        while ((await flow.ReadAsync(buffer)).ThrowIfFailed() is > 0 and var count)
        {
            received.Write(buffer, 0, count);
        }

        await writing;
        Assert.True(sent.AsSpan().SequenceEqual(received.ToArray()));
    }

    private static async Task WriteAsync<TFlow>(TFlow flow, byte[] data)
        where TFlow : struct, IFlow
    {
        (await flow.WriteAsync(data)).ThrowIfFailed();
        (await flow.ShutdownAsync(FlowDirection.Write)).ThrowIfFailed();
    }

    private sealed class Greeter<TConsole, TStack>(TConsole console, TStack stack)
        where TConsole : struct, IConsole
        where TStack : struct, IStack
    {
        public async Task StartAsync(CancellationToken cancellation)
        {
            console.WriteLine($"at {string.Join(' ', stack.Addresses)}");
            await stack.RunAsync(cancellation);
        }
    }
}
