namespace Mirage.Net.Dns;

/// <summary>What <see cref="HappyEyeballs{TStack, TFlow, TResolver, TPlatform}"/> names. Each connecting is a <see cref="ConnectRace{TStack, TFlow, TResolver, TPlatform}"/>.</summary>
internal sealed class Connector<TStack, TFlow, TResolver, TPlatform>
    where TStack : struct, IStack<TStack, TFlow>
    where TFlow : struct, IFlow
    where TResolver : struct, IResolver
    where TPlatform : struct, IPlatform
{
    public Connector(TStack stack, TResolver resolver, TPlatform platform, HappyEyeballsOptions options)
    {
        options.Check();
        (Stack, Resolver, Platform, Options) = (stack, resolver, platform, options);
    }

    public TStack Stack { get; }

    public TResolver Resolver { get; }

    public TPlatform Platform { get; }

    public HappyEyeballsOptions Options { get; }

    public async ValueTask<Result<TFlow>> ConnectAsync(string host, ushort port, TcpConnectOptions options, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(host);
        Platform.CheckOnLoop();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var race = new ConnectRace<TStack, TFlow, TResolver, TPlatform>(this, host, port, options, ended.Token);
        try
        {
            return await race.RunAsync().ConfigureAwait(true);
        }
        finally
        {
            // The attempts that lost, and questions that are still open.
            await race.EndAsync().ConfigureAwait(true);
            ended.Cancel();
        }
    }
}
