using System.Buffers;
using Mirage.Net.Virtual;

namespace Mirage.Net.Dns.Tests;

/// <summary>A connection that is only opened and ended.</summary>
internal readonly struct FakeFlow(FakeConnection connection) : IFlow
{
    public FakeConnection Connection => connection;

    public bool IsDefault => connection is null;

    public IpEndpoint Local => default;

    public IpEndpoint Remote => connection.Remote;

    public ValueTask<FlowRead> ReadAsync(Memory<byte> buffer, CancellationToken cancellation = default) => new(FlowRead.End);

    public ValueTask<Result> WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellation = default) => new(ErrorKind.Closed);

    public ValueTask<Result> WriteAsync(ReadOnlySequence<byte> buffers, CancellationToken cancellation = default) => new(ErrorKind.Closed);

    public ValueTask<Result> ShutdownAsync(FlowDirection direction, CancellationToken cancellation = default) => new(Result.Done);

    public ValueTask<Result> CloseAsync(CancellationToken cancellation = default)
    {
        connection.IsClosed = true;
        return new(Result.Done);
    }

    public ValueTask AbortAsync()
    {
        connection.IsAborted = true;
        return default;
    }

    public bool TryGet<TFeature>(out TFeature feature)
        where TFeature : struct
    {
        feature = default;
        return false;
    }
}

internal sealed class FakeConnection(IpEndpoint remote)
{
    public IpEndpoint Remote { get; } = remote;

    public bool IsClosed { get; set; }

    public bool IsAborted { get; set; }
}

/// <summary>What becomes of connections and names, and when.</summary>
internal class FakeWorld(SimulatedPlatform platform)
{
    public Dictionary<IpAddress, (double After, ErrorKind Error)> Hosts { get; } = [];

    /// <summary>The answers to questions for names.</summary>
    public Dictionary<IpFamily, (double After, Result<IReadOnlyList<IpAddress>> Answer)> Names { get; } = [];

    /// <summary>Which families there is a way for.</summary>
    public HashSet<IpFamily> Reachable { get; } = [IpFamily.V4, IpFamily.V6];

    /// <summary>Attempts, and when they began, in milliseconds.</summary>
    public List<(double At, IpAddress Address)> Attempts { get; } = [];

    /// <summary>Attempts that were cancelled.</summary>
    public List<IpAddress> Cancelled { get; } = [];

    public List<FakeConnection> Connections { get; } = [];

    /// <summary>Whether a connection is made even when the attempt is cancelled: they crossed.</summary>
    public bool IgnoresCancellation { get; set; }

    public double Now => Math.Round(platform.Now.Nanoseconds / 1e6, 3);

    public async ValueTask<Result<FakeFlow>> ConnectAsync(IpEndpoint remote, CancellationToken cancellation)
    {
        Attempts.Add((Now, remote.Address));
        var (after, error) = Hosts[remote.Address];
        try
        {
            await platform.SleepAsync(after < 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(after), IgnoresCancellation ? default : cancellation);
        }
        catch (OperationCanceledException)
        {
            Cancelled.Add(remote.Address);
            throw;
        }

        if (error != ErrorKind.None)
        {
            return error;
        }

        var connection = new FakeConnection(remote);
        Connections.Add(connection);
        return new FakeFlow(connection);
    }

    public async ValueTask<Result<IReadOnlyList<IpAddress>>> ResolveAsync(IpFamily family, CancellationToken cancellation)
    {
        var (after, answer) = Names[family];
        await platform.SleepAsync(after < 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(after), cancellation);
        return answer;
    }
}

internal readonly struct FakeResolver(FakeWorld world) : IResolver
{
    public ValueTask<Result<IReadOnlyList<IpAddress>>> ResolveAsync(string host, IpFamily family = IpFamily.None, CancellationToken cancellation = default)
        => world.ResolveAsync(family, cancellation);
}

/// <summary>A stack that only connects.</summary>
internal readonly struct FakeStack(FakeWorld world) : IStack<FakeStack, FakeFlow>
{
    public bool IsDefault => world is null;

    public IReadOnlyList<IpNetwork> Addresses => [];

    public Result<IpAddress> SelectSource(IpAddress destination)
        => !world.Reachable.Contains(destination.Family) ? ErrorKind.Unreachable
            : destination.IsV4 ? new IpAddress(new Ipv4Address(10, 0, 0, 1))
            : new IpAddress(Ipv6Address.Parse("2001:db8:ffff::1"));

    public int MaxPayload(IpAddress destination) => 1280;

    public ValueTask<Result<FakeFlow>> ConnectTcpAsync(IpEndpoint remote, TcpConnectOptions? options = null, CancellationToken cancellation = default)
        => world.ConnectAsync(remote, cancellation);

    public ValueTask<Result> ConnectTcpAsync<THandler>(IpEndpoint remote, THandler handler, TcpConnectOptions? options = null, CancellationToken cancellation = default)
        where THandler : struct, IFlowHandler
        => throw new NotSupportedException();

    public Result<IpEndpoint> ListenTcp<THandler>(ushort port, THandler handler, TcpListenOptions? options = null)
        where THandler : struct, IFlowHandler
        => ErrorKind.Unsupported;

    public Result UnlistenTcp(ushort port) => ErrorKind.Unsupported;

    public Result<IpEndpoint> ListenUdp<THandler>(ushort port, THandler handler, UdpListenOptions? options = null)
        where THandler : struct, IDatagramHandler
        => ErrorKind.Unsupported;

    public Result UnlistenUdp(ushort port) => ErrorKind.Unsupported;

    public Result SendUdp(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload) => ErrorKind.Unsupported;

    public Result SendUdp(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload, in UdpSendOptions options) => ErrorKind.Unsupported;

    public Result JoinGroup(IpAddress group) => ErrorKind.Unsupported;

    public Result LeaveGroup(IpAddress group) => ErrorKind.Unsupported;

    public Task RunAsync(CancellationToken cancellation = default) => Task.CompletedTask;

    public ValueTask DisconnectAsync() => default;
}
