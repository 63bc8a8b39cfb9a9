#pragma warning disable CS1591 // the name of a test is its documentation

namespace Mirage.Testing;

public abstract partial class StackBehaviour
{
    [Fact]
    public Task A_server_greets_who_connects() => RunAsync(async pair =>
    {
        var listening = pair.Server.ListenTcp(0, new DelegateHandler(async flow => await flow.WriteAsync("220 ready\r\n"))).ThrowIfFailed();

        var client = (await pair.ConnectAsync(new(pair.ServerAddress, listening.Port))).ThrowIfFailed();

        await client.ExpectAsync("220 ready\r\n");
        await client.ExpectEndAsync();
        (await client.CloseAsync()).ThrowIfFailed();
    });

    [Fact]
    public Task A_program_that_is_generic_over_the_stack_runs_on_it() => RunAsync(pair => pair.RunAsync(new EchoProgram()));

    private sealed class EchoProgram : IStackScenario
    {
        public async Task RunAsync<TStack, TFlow>(StackPair<TStack, TFlow> pair)
            where TStack : struct, IStack<TStack, TFlow>
            where TFlow : struct, IFlow
        {
            var listening = pair.ServerStack.ListenTcp(0, default(EchoHandler)).ThrowIfFailed();
            var flow = (await pair.ClientStack.ConnectTcpAsync(new IpEndpoint(pair.ServerAddress, listening.Port))).ThrowIfFailed();
            var bytes = Pattern.Bytes(1000, 6);
            var echo = new byte[bytes.Length];
            (await flow.WriteAsync(bytes)).ThrowIfFailed();
            for (var count = 0; count < echo.Length;)
            {
                var read = (await flow.ReadAsync(echo.AsMemory(count))).ThrowIfFailed();
                Assert.NotEqual(0, read);
                count += read;
            }

            Assert.Equal(bytes, echo);
            (await flow.CloseAsync()).ThrowIfFailed();
        }
    }
}
