using System.Buffers;
using System.Runtime.CompilerServices;

namespace Mirage.Net.TcpIp;

/// <summary>A TCP connection of the direct stack. Its connection is used again after it ends; a handle of an earlier use is stale, and says so.</summary>
public readonly struct TcpFlow : IFlow
{
    private readonly TcpConnection? _connection;
    private readonly long _generation;

    internal TcpFlow(TcpConnection connection)
    {
        _connection = connection;
        _generation = connection.Generation;
    }

    /// <inheritdoc/>
    public bool IsDefault => _connection is null;

    /// <inheritdoc/>
    public IpEndpoint Local => Connection.Generation == _generation ? Connection.Local : default;

    /// <inheritdoc/>
    public IpEndpoint Remote => Connection.Generation == _generation ? Connection.Remote : default;

    internal TcpConnection Connection => _connection ?? ThrowDefault();

    /// <inheritdoc/>
    public ValueTask<FlowRead> ReadAsync(Memory<byte> buffer, CancellationToken cancellation = default)
        => Connection.Engine.IsOnLoop ? Connection.Read(_generation, buffer, cancellation) : OffLoop.ReadAsync(this, buffer, cancellation);

    /// <inheritdoc/>
    public ValueTask<Result> WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellation = default)
        => Connection.Engine.IsOnLoop ? Connection.Write(_generation, buffer, cancellation) : OffLoop.WriteAsync(this, new(buffer), cancellation);

    /// <inheritdoc/>
    public ValueTask<Result> WriteAsync(ReadOnlySequence<byte> buffers, CancellationToken cancellation = default)
        => Connection.Engine.IsOnLoop ? Connection.Write(_generation, buffers, cancellation) : OffLoop.WriteAsync(this, buffers, cancellation);

    /// <inheritdoc/>
    public ValueTask<Result> ShutdownAsync(FlowDirection direction, CancellationToken cancellation = default)
        => Connection.Engine.IsOnLoop ? new(Connection.Shutdown(_generation, direction)) : OffLoop.ShutdownAsync(this, direction, cancellation);

    /// <inheritdoc/>
    public ValueTask<Result> CloseAsync(CancellationToken cancellation = default)
        => Connection.Engine.IsOnLoop ? new(Connection.Close(_generation)) : OffLoop.CloseAsync(this, cancellation);

    /// <inheritdoc/>
    public ValueTask AbortAsync()
    {
        if (!Connection.Engine.IsOnLoop)
        {
            return OffLoop.AbortAsync(this);
        }

        Connection.Abort(_generation);
        return default;
    }

    /// <summary>Offers <see cref="TcpControl"/>, whose members are for the loop.</summary>
    /// <inheritdoc/>
    public bool TryGet<TFeature>(out TFeature feature)
        where TFeature : struct
    {
        if (typeof(TFeature) == typeof(TcpControl))
        {
            var control = new TcpControl(Connection, _generation);
            feature = Unsafe.As<TcpControl, TFeature>(ref control);
            return true;
        }

        feature = default;
        return false;
    }

    /// <inheritdoc/>
    public override string ToString() => IsDefault ? "no connection" : $"{Local} - {Remote}";

    private static TcpConnection ThrowDefault()
        => throw new InvalidOperationException("this TcpFlow is the default value and names no connection");

    /// <summary>Members called from another thread: they go to the loop, and what they return goes on away from it.</summary>
    private static class OffLoop
    {
        public static async ValueTask<FlowRead> ReadAsync(TcpFlow flow, Memory<byte> buffer, CancellationToken cancellation)
        {
            await new LoopSwitch(flow.Connection.Engine, toLoop: true);
            try
            {
                return await flow.ReadAsync(buffer, cancellation).ConfigureAwait(false);
            }
            finally
            {
                await new LoopSwitch(flow.Connection.Engine, toLoop: false);
            }
        }

        public static async ValueTask<Result> WriteAsync(TcpFlow flow, ReadOnlySequence<byte> buffers, CancellationToken cancellation)
        {
            await new LoopSwitch(flow.Connection.Engine, toLoop: true);
            try
            {
                return await flow.WriteAsync(buffers, cancellation).ConfigureAwait(false);
            }
            finally
            {
                await new LoopSwitch(flow.Connection.Engine, toLoop: false);
            }
        }

        public static async ValueTask<Result> ShutdownAsync(TcpFlow flow, FlowDirection direction, CancellationToken cancellation)
        {
            cancellation.ThrowIfCancellationRequested();
            await new LoopSwitch(flow.Connection.Engine, toLoop: true);
            var result = flow.Connection.Shutdown(flow._generation, direction);
            await new LoopSwitch(flow.Connection.Engine, toLoop: false);
            return result;
        }

        public static async ValueTask<Result> CloseAsync(TcpFlow flow, CancellationToken cancellation)
        {
            cancellation.ThrowIfCancellationRequested();
            await new LoopSwitch(flow.Connection.Engine, toLoop: true);
            var result = flow.Connection.Close(flow._generation);
            await new LoopSwitch(flow.Connection.Engine, toLoop: false);
            return result;
        }

        public static async ValueTask AbortAsync(TcpFlow flow)
        {
            await new LoopSwitch(flow.Connection.Engine, toLoop: true);
            flow.Connection.Abort(flow._generation);
            await new LoopSwitch(flow.Connection.Engine, toLoop: false);
        }
    }
}
