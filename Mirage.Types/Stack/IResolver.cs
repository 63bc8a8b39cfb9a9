namespace Mirage;

/// <summary>What finds the addresses of a host.</summary>
public interface IResolver
{
    /// <summary>Finds the addresses of a host.</summary>
    /// <param name="host">Its name; or an address in text form, which is its own answer.</param>
    /// <param name="family">Which addresses; <see cref="IpFamily.None"/> for both.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>At least one address, or why there is none: <see cref="ErrorKind.NotFound"/> if the host does not exist or has no address of the family,
    /// <see cref="ErrorKind.TimedOut"/>, <see cref="ErrorKind.Unreachable"/>, <see cref="ErrorKind.Invalid"/> if it is no name.</returns>
    ValueTask<Result<IReadOnlyList<IpAddress>>> ResolveAsync(string host, IpFamily family = IpFamily.None, CancellationToken cancellation = default);
}

/// <summary>Connections to hosts by name.</summary>
/// <typeparam name="TFlow">The flow.</typeparam>
public interface ITcpByName<TFlow>
    where TFlow : struct, IFlow
{
    /// <summary>Connects to a host.</summary>
    /// <param name="host">Its name, or an address in text form.</param>
    /// <param name="port">The port.</param>
    /// <param name="options">More, or <see langword="null"/>.</param>
    /// <param name="cancellation">Ends the connecting.</param>
    /// <returns>The connection, which the caller closes, or why there is none.</returns>
    ValueTask<Result<TFlow>> ConnectTcpAsync(string host, ushort port, TcpConnectOptions? options = null, CancellationToken cancellation = default);
}
