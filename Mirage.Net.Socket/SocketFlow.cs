using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Mirage.Net.Socket;

/// <summary>
/// A TCP connection of a <see cref="SocketStack"/>. It offers <see cref="TcpControl"/>. A host's socket is never used for a second connection, so a
/// handle that outlives its connection finds it closed.
/// </summary>
public readonly struct SocketFlow : IFlow, IEquatable<SocketFlow>
{
    private readonly Connection? _connection;

    internal SocketFlow(Connection connection) => _connection = connection;

    /// <inheritdoc/>
    public bool IsDefault => _connection is null;

    /// <inheritdoc/>
    public IpEndpoint Local => Connection.Local;

    /// <inheritdoc/>
    public IpEndpoint Remote => Connection.Remote;

    internal Connection Connection => _connection ?? ThrowDefault();

    /// <inheritdoc/>
    public ValueTask<FlowRead> ReadAsync(Memory<byte> buffer, CancellationToken cancellation = default) => Connection.ReadAsync(buffer, cancellation);

    /// <inheritdoc/>
    public ValueTask<Result> WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellation = default)
        => Connection.WriteAsync(buffer, cancellation);

    /// <inheritdoc/>
    public ValueTask<Result> WriteAsync(ReadOnlySequence<byte> buffers, CancellationToken cancellation = default)
        => Connection.WriteAsync(buffers, cancellation);

    /// <inheritdoc/>
    public ValueTask<Result> ShutdownAsync(FlowDirection direction, CancellationToken cancellation = default) => new(Connection.Shutdown(direction));

    /// <inheritdoc/>
    public ValueTask<Result> CloseAsync(CancellationToken cancellation = default) => new(Connection.Close());

    /// <inheritdoc/>
    public ValueTask AbortAsync() => Connection.AbortAsync();

    /// <inheritdoc/>
    public bool TryGet<TFeature>(out TFeature feature)
        where TFeature : struct
    {
        if (typeof(TFeature) == typeof(TcpControl))
        {
            var control = new TcpControl(Connection);
            feature = Unsafe.As<TcpControl, TFeature>(ref control);
            return true;
        }

        _ = Connection;
        feature = default;
        return false;
    }

    /// <summary>Whether two handles are of the same connection.</summary>
    public bool Equals(SocketFlow other) => _connection == other._connection;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is SocketFlow other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _connection?.GetHashCode() ?? 0;

    /// <summary>Whether two handles are of the same connection.</summary>
    public static bool operator ==(SocketFlow left, SocketFlow right) => left.Equals(right);

    /// <summary>Whether two handles are of different connections.</summary>
    public static bool operator !=(SocketFlow left, SocketFlow right) => !left.Equals(right);

    /// <inheritdoc/>
    public override string ToString() => _connection is null ? "flow (default)" : $"tcp {_connection.Local} - {_connection.Remote}";

    [DoesNotReturn]
    private static Connection ThrowDefault()
        => throw new InvalidOperationException($"this {nameof(SocketFlow)} is the default value; a flow comes from ConnectTcpAsync or a listener");
}
