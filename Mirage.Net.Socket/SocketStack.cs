using System.Diagnostics.CodeAnalysis;

namespace Mirage.Net.Socket;

/// <summary>
/// The stack over the host's sockets. It works from <see cref="Connect"/> to <see cref="DisconnectAsync"/>; every member may be called on
/// any thread. Handlers run where <see cref="SocketStackOptions.RunOn"/> says, and the awaits of a program return where .NET brings them.
/// </summary>
public readonly struct SocketStack : IStack<SocketStack, SocketFlow>
{
    private readonly StackCore? _core;

    private SocketStack(StackCore core) => _core = core;

    /// <inheritdoc/>
    public bool IsDefault => _core is null;

    /// <inheritdoc/>
    public IReadOnlyList<IpNetwork> Addresses => Core.Addresses;

    /// <summary>What has been done so far.</summary>
    public SocketStackCounters Counters => Core.Counters;

    private StackCore Core => _core ?? ThrowDefault();

    /// <summary>Makes a stack. It opens nothing by itself.</summary>
    /// <param name="options">How it works, or <see langword="null"/>.</param>
    /// <returns>The stack.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static SocketStack Connect(SocketStackOptions? options = null)
    {
        options ??= new SocketStackOptions();
        options.Check();
        return new(new StackCore(options));
    }

    /// <inheritdoc/>
    public Result<IpEndpoint> ListenTcp<THandler>(ushort port, THandler handler, TcpListenOptions? options = null)
        where THandler : struct, IFlowHandler
        => Core.ListenTcp(port, handler, options ?? new TcpListenOptions());

    /// <inheritdoc/>
    public Result UnlistenTcp(ushort port) => Core.UnlistenTcp(port);

    /// <inheritdoc/>
    public ValueTask<Result<SocketFlow>> ConnectTcpAsync(
        IpEndpoint remote, TcpConnectOptions? options = null, CancellationToken cancellation = default)
        => Core.ConnectTcpAsync(remote, options ?? new TcpConnectOptions(), cancellation);

    /// <inheritdoc/>
    public ValueTask<Result> ConnectTcpAsync<THandler>(
        IpEndpoint remote, THandler handler, TcpConnectOptions? options = null, CancellationToken cancellation = default)
        where THandler : struct, IFlowHandler
        => Core.ConnectTcpAsync(remote, handler, options ?? new TcpConnectOptions(), cancellation);

    /// <inheritdoc/>
    public Result<IpEndpoint> ListenUdp<THandler>(ushort port, THandler handler, UdpListenOptions? options = null)
        where THandler : struct, IDatagramHandler
        => Core.ListenUdp(port, handler, options ?? new UdpListenOptions());

    /// <inheritdoc/>
    public Result UnlistenUdp(ushort port) => Core.UnlistenUdp(port);

    /// <inheritdoc/>
    public Result SendUdp(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload) => Core.SendUdp(local, remote, payload, default);

    /// <inheritdoc/>
    public Result SendUdp(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload, in UdpSendOptions options) => Core.SendUdp(local, remote, payload, options);

    /// <inheritdoc/>
    public Result JoinGroup(IpAddress group) => Core.JoinGroup(group);

    /// <inheritdoc/>
    public Result LeaveGroup(IpAddress group) => Core.LeaveGroup(group);

    /// <inheritdoc/>
    public Result<IpAddress> SelectSource(IpAddress destination) => Core.SelectSource(destination);

    /// <inheritdoc/>
    public int MaxPayload(IpAddress destination) => Core.MaxPayload(destination);

    /// <inheritdoc/>
    public Task RunAsync(CancellationToken cancellation = default) => Core.RunAsync(cancellation);

    /// <inheritdoc/>
    public ValueTask DisconnectAsync() => Core.DisconnectAsync();

    /// <inheritdoc/>
    public override string ToString() => _core is null ? "socket stack (default)" : $"socket stack ({_core.Family})";

    [DoesNotReturn]
    private static StackCore ThrowDefault()
        => throw new InvalidOperationException($"this {nameof(SocketStack)} is the default value; {nameof(Connect)} makes a real one");
}
