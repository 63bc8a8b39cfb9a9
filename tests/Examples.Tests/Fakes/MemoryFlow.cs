using System.Buffers;
using System.Threading.Channels;

namespace Mirage.Examples.Tests.Fakes;

/// <summary>One end of a connection in memory. A few writes fit between the ends; then the writer waits.</summary>
internal readonly struct MemoryFlow : IFlow
{
    private readonly End _end;

    private MemoryFlow(End end) => _end = end;

    public bool IsDefault => _end is null;

    public IpEndpoint Local => _end.Local;

    public IpEndpoint Remote => _end.Remote;

    public static (MemoryFlow Client, MemoryFlow Server) Pair(IpEndpoint client, IpEndpoint server)
    {
        var toServer = new Direction();
        var toClient = new Direction();
        return (new(new(client, server, toClient, toServer)), new(new(server, client, toServer, toClient)));
    }

    public ValueTask<FlowRead> ReadAsync(Memory<byte> buffer, CancellationToken cancellation = default) => _end.Input.ReadAsync(buffer, cancellation);

    public ValueTask<Result> WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellation = default)
        => _end.Output.WriteAsync(buffer, cancellation);

    public ValueTask<Result> WriteAsync(ReadOnlySequence<byte> buffers, CancellationToken cancellation = default)
        => WriteAsync(buffers.ToArray(), cancellation);

    public ValueTask<Result> ShutdownAsync(FlowDirection direction, CancellationToken cancellation = default)
    {
        if (direction.HasFlag(FlowDirection.Write))
        {
            _end.Output.Finish(null);
        }

        return new(Result.Done);
    }

    public ValueTask<Result> CloseAsync(CancellationToken cancellation = default)
    {
        _end.Output.Finish(null);
        _end.Input.Finish(new DeviceException(ErrorKind.Closed));
        return new(Result.Done);
    }

    public ValueTask AbortAsync()
    {
        _end.Output.Finish(new DeviceException(ErrorKind.Reset));
        _end.Input.Finish(new DeviceException(ErrorKind.Reset));
        return default;
    }

    public bool TryGet<TFeature>(out TFeature feature)
        where TFeature : struct
    {
        feature = default;
        return false;
    }

    private sealed record End(IpEndpoint Local, IpEndpoint Remote, Direction Input, Direction Output);

    private sealed class Direction
    {
        private readonly Channel<byte[]> _writes = Channel.CreateBounded<byte[]>(4);
        private ReadOnlyMemory<byte> _left;

        public async ValueTask<FlowRead> ReadAsync(Memory<byte> buffer, CancellationToken cancellation)
        {
            try
            {
                while (_left.IsEmpty)
                {
                    if (!await _writes.Reader.WaitToReadAsync(cancellation))
                    {
                        return FlowRead.End;
                    }

                    _left = _writes.Reader.TryRead(out var next) ? next : default;
                }
            }
            catch (DeviceException exception)
            {
                return FlowRead.Failed(exception.Error);
            }

            var count = int.Min(buffer.Length, _left.Length);
            _left[..count].CopyTo(buffer);
            _left = _left[count..];
            return FlowRead.Data(count);
        }

        public async ValueTask<Result> WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellation)
        {
            try
            {
                await _writes.Writer.WriteAsync(buffer.ToArray(), cancellation);
                return Result.Done;
            }
            catch (ChannelClosedException exception)
            {
                return (exception.InnerException as DeviceException)?.Error ?? ErrorKind.Closed;
            }
        }

        public void Finish(Exception? failure) => _writes.Writer.TryComplete(failure);
    }
}
