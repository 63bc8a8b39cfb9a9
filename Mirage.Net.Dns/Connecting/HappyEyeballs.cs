namespace Mirage.Net.Dns;

/// <summary>
/// Connects by name (Happy Eyeballs version 2, RFC 8305): asks for the addresses of both families at once, tries them one after another with a short delay between, and takes the
/// connection that is there first. A family that does not work costs a quarter of a second, not a minute. Loop only; what awaits it goes on on the loop.
/// </summary>
/// <typeparam name="TStack">The stack.</typeparam>
/// <typeparam name="TFlow">Its flow.</typeparam>
/// <typeparam name="TResolver">What finds addresses: <see cref="DnsClient{TStack, TPlatform}"/>, for example.</typeparam>
/// <typeparam name="TPlatform">The platform.</typeparam>
/// <param name="stack">The stack.</param>
/// <param name="resolver">What finds addresses.</param>
/// <param name="platform">The platform.</param>
/// <param name="options">More, or <see langword="null"/>.</param>
/// <exception cref="ArgumentException">An option is out of range.</exception>
public readonly struct HappyEyeballs<TStack, TFlow, TResolver, TPlatform>(TStack stack, TResolver resolver, TPlatform platform, HappyEyeballsOptions? options = null)
    : ITcpByName<TFlow>
    where TStack : struct, IStack<TStack, TFlow>
    where TFlow : struct, IFlow
    where TResolver : struct, IResolver
    where TPlatform : struct, IPlatform
{
    private readonly Connector<TStack, TFlow, TResolver, TPlatform>? _connector = new(stack, resolver, platform, options ?? new HappyEyeballsOptions());

    /// <summary>Whether this is the default value, which names nothing.</summary>
    public bool IsDefault => _connector is null;

    private Connector<TStack, TFlow, TResolver, TPlatform> Connector
        => _connector ?? throw new InvalidOperationException($"this {nameof(HappyEyeballs<,,,>)} is the default value and has no stack");

    /// <summary>Connects to a host.</summary>
    /// <param name="host">Its name, or an address in text form.</param>
    /// <param name="port">The port.</param>
    /// <param name="options">More, or <see langword="null"/>. The time-out is for everything together. With a local address only the addresses of its family are tried.</param>
    /// <param name="cancellation">Ends the connecting.</param>
    /// <returns>The connection, which the caller closes; or why there is none: that of the name, if it has no address, or of the attempts, which
    /// <see cref="ConnectAttemptsDetail"/> lists.</returns>
    public ValueTask<Result<TFlow>> ConnectTcpAsync(string host, ushort port, TcpConnectOptions? options = null, CancellationToken cancellation = default)
        => Connector.ConnectAsync(host, port, options ?? new TcpConnectOptions(), cancellation);

    /// <summary>Connects to a host, runs the handler on the connection, and closes it.</summary>
    /// <typeparam name="THandler">The handler's type.</typeparam>
    /// <param name="host">Its name, or an address in text form.</param>
    /// <param name="port">The port.</param>
    /// <param name="handler">What uses the connection. What it throws is thrown to the caller, after the connection is reset.</param>
    /// <param name="options">More, or <see langword="null"/>.</param>
    /// <param name="cancellation">Ends the connecting; not the handler, which sees to that itself.</param>
    /// <returns>Done when the handler has returned, or why there is no connection.</returns>
    public async ValueTask<Result> ConnectTcpAsync<THandler>(
        string host, ushort port, THandler handler, TcpConnectOptions? options = null, CancellationToken cancellation = default)
        where THandler : struct, IFlowHandler
    {
        var connected = await ConnectTcpAsync(host, port, options, cancellation).ConfigureAwait(true);
        if (!connected.TryGet(out var flow))
        {
            return connected.Error;
        }

        try
        {
            await handler.HandleAsync(flow).ConfigureAwait(true);
        }
        catch
        {
            await flow.AbortAsync().ConfigureAwait(true);
            throw;
        }

        return await flow.CloseAsync(CancellationToken.None).ConfigureAwait(true);
    }
}
