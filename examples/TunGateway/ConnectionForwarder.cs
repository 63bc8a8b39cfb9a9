using Mirage;

namespace TunGateway;

/// <summary>Connects outside first, then accepts inside, and joins the two.</summary>
/// <typeparam name="TOutside">The type of the stack on the outside.</typeparam>
/// <typeparam name="TFlow">Its flow.</typeparam>
/// <param name="outside">The stack on the outside.</param>
/// <param name="settings">Times.</param>
public readonly struct ConnectionForwarder<TOutside, TFlow>(TOutside outside, GatewaySettings settings) : ITcpForwarder
    where TOutside : struct, IStack<TOutside, TFlow>
    where TFlow : struct, IFlow
{
    /// <inheritdoc/>
    public async ValueTask ForwardAsync<TRequest, TInner>(TRequest request)
        where TRequest : struct, ITcpForwardRequest<TInner>
        where TInner : struct, IFlow
    {
        var options = new TcpConnectOptions { Timeout = settings.ConnectTimeout, KeepAlive = GatewaySettings.Asking, NoDelay = true };
        Result<TFlow> connected;
        try
        {
            connected = await outside.ConnectTcpAsync(request.Destination, options, request.Withdrawn);
        }
        catch (OperationCanceledException)
        {
            // Who asked has given up.
            return;
        }

        if (!connected.TryGet(out var far))
        {
            Refuse<TRequest, TInner>(request, connected.Error.Kind);
            return;
        }

        var accepted = await request.AcceptAsync();
        if (accepted.TryGet(out var near))
        {
            await Splice.RunAsync(near, far);
        }
        else
        {
            await far.AbortAsync();
        }
    }

    private static void Refuse<TRequest, TInner>(TRequest request, ErrorKind error)
        where TRequest : struct, ITcpForwardRequest<TInner>
        where TInner : struct, IFlow
    {
        switch (error)
        {
            case ErrorKind.Refused or ErrorKind.Reset:
                request.Refuse();
                break;
            case ErrorKind.Full or ErrorKind.InUse:
                // This gateway's own want: who asks again may be served.
                request.Drop();
                break;
            default:
                request.Refuse(UnreachableReason.Host);
                break;
        }
    }
}
