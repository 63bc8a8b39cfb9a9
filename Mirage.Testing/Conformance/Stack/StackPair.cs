namespace Mirage.Testing;

/// <summary>Two stacks that reach each other, and what a story needs beside them. Used where the stacks' handlers run.</summary>
public abstract class StackPair
{
    /// <summary>The stack that connects.</summary>
    public abstract IStack Client { get; }

    /// <summary>The stack that listens.</summary>
    public abstract IStack Server { get; }

    /// <summary>The client's address, as the server sees it.</summary>
    public required IpAddress ClientAddress { get; init; }

    /// <summary>The server's address.</summary>
    public required IpAddress ServerAddress { get; init; }

    /// <summary>Lets time pass, real or virtual.</summary>
    public required Func<TimeSpan, CancellationToken, Task> Sleep { get; init; }

    /// <summary>What the server's handlers threw: the fixture adds what the server reports.</summary>
    public required Mailbox<Exception> ServerFailures { get; init; }

    /// <summary>The default value of the flow's type, boxed.</summary>
    public abstract IFlow DefaultFlow { get; }

    /// <summary>The default value of the stack's type, boxed.</summary>
    public abstract IStack DefaultStack { get; }

    /// <summary>Connects from the client, and boxes the flow.</summary>
    /// <param name="remote">To where.</param>
    /// <param name="options">More, or <see langword="null"/>.</param>
    /// <param name="cancellation">Ends the connecting.</param>
    /// <returns>The flow, or why there is none.</returns>
    public abstract ValueTask<Result<IFlow>> ConnectAsync(
        IpEndpoint remote, TcpConnectOptions? options = null, CancellationToken cancellation = default);

    /// <summary>Connects from the default value of the stack's type.</summary>
    /// <param name="remote">To where.</param>
    /// <returns>Never, if the stack is right: the default value throws.</returns>
    public abstract ValueTask ConnectFromDefaultAsync(IpEndpoint remote);

    /// <summary>Runs a program that is generic over the stack.</summary>
    /// <param name="scenario">The program.</param>
    /// <returns>When it has ended.</returns>
    public abstract Task RunAsync(IStackScenario scenario);
}

/// <summary>A program that is generic over the stack, as unikernels are.</summary>
public interface IStackScenario
{
    /// <summary>Runs it.</summary>
    /// <typeparam name="TStack">The stack.</typeparam>
    /// <typeparam name="TFlow">Its flow.</typeparam>
    /// <param name="pair">Two of them.</param>
    /// <returns>When it has ended.</returns>
    Task RunAsync<TStack, TFlow>(StackPair<TStack, TFlow> pair)
        where TStack : struct, IStack<TStack, TFlow>
        where TFlow : struct, IFlow;
}

/// <summary>Two stacks that reach each other, with their types.</summary>
/// <typeparam name="TStack">The stack.</typeparam>
/// <typeparam name="TFlow">Its flow.</typeparam>
/// <param name="client">The stack that connects.</param>
/// <param name="server">The stack that listens.</param>
public sealed class StackPair<TStack, TFlow>(TStack client, TStack server) : StackPair
    where TStack : struct, IStack<TStack, TFlow>
    where TFlow : struct, IFlow
{
    /// <inheritdoc/>
    public override IStack Client => ClientStack;

    /// <inheritdoc/>
    public override IStack Server => ServerStack;

    /// <summary>The client's stack, with its type.</summary>
    public TStack ClientStack { get; } = client;

    /// <summary>The server's stack, with its type.</summary>
    public TStack ServerStack { get; } = server;

    /// <inheritdoc/>
    public override IFlow DefaultFlow => default(TFlow);

    /// <inheritdoc/>
    public override IStack DefaultStack => default(TStack);

    /// <inheritdoc/>
    public override async ValueTask<Result<IFlow>> ConnectAsync(
        IpEndpoint remote, TcpConnectOptions? options = null, CancellationToken cancellation = default)
    {
        var connected = await ClientStack.ConnectTcpAsync(remote, options, cancellation);
        return connected.TryGet(out var flow) ? new Result<IFlow>(flow) : connected.Error;
    }

    /// <inheritdoc/>
    public override async ValueTask ConnectFromDefaultAsync(IpEndpoint remote) => _ = await default(TStack).ConnectTcpAsync(remote);

    /// <inheritdoc/>
    public override Task RunAsync(IStackScenario scenario) => scenario.RunAsync(this);
}
