using Mirage;

namespace Website;

/// <summary>Serves files over each connection.</summary>
/// <typeparam name="TFiles">The type of the store.</typeparam>
/// <typeparam name="TClock">The clock's type.</typeparam>
/// <param name="files">What is served.</param>
/// <param name="clock">The date.</param>
/// <param name="connections">Counts and times the connections.</param>
public readonly struct HttpHandler<TFiles, TClock>(TFiles files, TClock clock, Connections connections) : IFlowHandler
    where TFiles : struct, IKeyValueReader
    where TClock : struct, IWallClock
{
    private readonly TFiles _files = files;
    private readonly TClock _clock = clock;
    private readonly Connections _connections = connections;

    /// <inheritdoc/>
    public async ValueTask HandleAsync<TFlow>(TFlow flow)
        where TFlow : struct, IFlow
    {
        using var connection = _connections.TryOpen();
        if (connection is null)
        {
            await flow.AbortAsync();
        }
        else
        {
            await new HttpConnection<TFlow, TFiles, TClock>(flow, _files, _clock, connection).ServeAsync();
        }
    }
}
