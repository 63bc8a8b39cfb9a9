using System.Globalization;

namespace Mirage.Testing.Scripts;

internal sealed partial class CallRunner
{
    private const long TypeMask = 0xf;
    private const long Stream = 1;
    private const long Datagram = 2;
    private const long Unspecified = 0;
    private const int ReadWrite = 2;

    private SocketResult Socket(CallAction call)
    {
        CheckCount(call, 3, 3);
        var domain = Argument(call, 0) is AnyExpression ? settings.WireVersion == 6 || settings.IsMapped ? 10 : 2 : Evaluate(Argument(call, 0));
        var type = Evaluate(Argument(call, 1));
        var isDatagram = (type & TypeMask) == Datagram;
        if (domain is not (2 or 10) || (!isDatagram && (type & TypeMask) != Stream) || Evaluate(Argument(call, 2)) is not (0 or 6 or 17))
        {
            throw new ScriptException(_position, "sockets are of TCP or UDP over IPv4 or IPv6");
        }

        var result = sockets.Open(isDatagram ? ScriptSocketKind.Datagram : ScriptSocketKind.Stream, settings.WireVersion == 6);
        if (result.Value >= 0)
        {
            var connection = connections.Add(new ScriptConnection { IsDatagram = isDatagram, Descriptor = (int)result.Value });
            Remember(call, new ScriptDescriptor((int)result.Value)
            {
                IsDatagram = isDatagram,
                IsNonBlocking = (type & ScriptConstants.NonBlocking) != 0,
                Connection = connection,
            });
        }

        return result;
    }

    private void Remember(CallAction call, ScriptDescriptor descriptor)
    {
        var number = call.Result is AnyExpression ? descriptor.Live : Evaluate(call.Result);
        if (!_descriptors.TryAdd(number, descriptor))
        {
            throw new ScriptException(_position, $"the script's descriptor {number} is in use");
        }
    }

    private SocketResult Bind(CallAction call)
    {
        CheckCount(call, 3, 3);
        var descriptor = Descriptor(call);
        var local = EndpointOf(Argument(call, 1), new IpEndpoint(settings.LocalAddress, settings.BindPort));
        var result = sockets.Bind(descriptor.Live, local);
        if (result.Value == 0 && descriptor.Connection is { } connection)
        {
            connection.LocalPort = local.Port;
        }

        return result;
    }

    // A script's own address is that of the wire: mapped ones are IPv4 there. Any address is the one under test.
    private static IpEndpoint EndpointOf(Expression expression, IpEndpoint standard)
    {
        if (expression is AnyExpression)
        {
            return standard;
        }

        if (expression is not StructExpression address)
        {
            throw new ScriptException(expression.Position, "expected '...' or an address {sa_family=…, sin_port=htons(…), sin_addr=inet_addr(\"…\")}");
        }

        var port = address["sin_port"] ?? address["sin6_port"];
        var text = address["sin_addr"] ?? address["sin6_addr"];
        if (text is not FunctionExpression { Arguments: [TextExpression value] } || port is null)
        {
            throw new ScriptException(expression.Position, "this address lacks its port or its address");
        }

        return IpAddress.TryParse(value.Text, CultureInfo.InvariantCulture, out var parsed)
            ? new(parsed.IsAny ? standard.Address : parsed.Unmap(), (ushort)Evaluate(port))
            : throw new ScriptException(value.Position, $"'{value.Text}' is no address");
    }

    private SocketResult Listen(CallAction call)
    {
        CheckCount(call, 2, 2);
        var descriptor = Descriptor(call);
        var result = sockets.Listen(descriptor.Live, (int)Evaluate(Argument(call, 1)));
        if (result.Value == 0 && descriptor.Connection is { } connection)
        {
            connection.Phase = ConnectionPhase.Listening;
            connections.Focus(connection);
        }

        return result;
    }

    private async Task<(SocketResult, Action?)> AcceptAsync(CallAction call)
    {
        CheckCount(call, 3, 4);
        var descriptor = Descriptor(call);
        var isNonBlocking = call.Arguments.Count == 4 && (Evaluate(call.Arguments[3]) & ScriptConstants.NonBlocking) != 0;
        var remote = default(IpEndpoint);
        var result = await CompleteAsync(call, !descriptor.IsNonBlocking, () => sockets.Accept(descriptor.Live, out remote)).ConfigureAwait(true);
        if (result.Value < 0)
        {
            return Plain(result);
        }

        var connection = connections.OfPeer(remote.Port);
        if (connection is not null)
        {
            connection.Descriptor = (int)result.Value;
        }

        Remember(call, new ScriptDescriptor((int)result.Value) { IsNonBlocking = isNonBlocking, Connection = connection });
        return Plain(result);
    }

    private async Task<(SocketResult, Action?)> ConnectAsync(CallAction call)
    {
        CheckCount(call, 3, 3);
        var descriptor = Descriptor(call);
        if (Argument(call, 1) is StructExpression { } address && address["sa_family"] is { } family && Evaluate(family) == Unspecified)
        {
            return Plain(SocketResult.NotSupported("sockets that are disconnected to be used again (AF_UNSPEC)"));
        }

        var remote = EndpointOf(Argument(call, 1), new IpEndpoint(settings.RemoteAddress, settings.ConnectPort));
        var result = sockets.Connect(descriptor.Live, remote);
        if (descriptor.Connection is { Phase: ConnectionPhase.New } connection && (result.Value == 0 || result.Error == Errno.EINPROGRESS))
        {
            connection.Phase = ConnectionPhase.Connecting;
            connection.RemotePort = remote.Port;
            connections.Focus(connection);
        }

        if (result.Error is not (Errno.EINPROGRESS or Errno.EALREADY) || descriptor.IsNonBlocking)
        {
            return Plain(result);
        }

        return Plain(await CompleteAsync(call, blocks: true, () => Connected(descriptor)).ConfigureAwait(true));
    }

    private SocketResult Connected(ScriptDescriptor descriptor)
    {
        if ((sockets.Poll(descriptor.Live) & (ScriptPollEvents.Writable | ScriptPollEvents.Error | ScriptPollEvents.HungUp)) == 0)
        {
            return Errno.EAGAIN;
        }

        var result = sockets.GetOption(descriptor.Live, "SO_ERROR", out var error);
        return result.Value < 0 ? result : error.Value == 0 ? 0 : (Errno)error.Value;
    }

    private SocketResult Shutdown(CallAction call)
    {
        CheckCount(call, 2, 2);
        return Evaluate(Argument(call, 1)) switch
        {
            0 => sockets.Shutdown(Descriptor(call).Live, FlowDirection.Read),
            1 => sockets.Shutdown(Descriptor(call).Live, FlowDirection.Write),
            2 => sockets.Shutdown(Descriptor(call).Live, FlowDirection.Both),
            _ => Errno.EINVAL,
        };
    }

    private SocketResult Close(CallAction call)
    {
        CheckCount(call, 1, 1);
        var descriptor = Descriptor(call);
        _ = _descriptors.Remove(Evaluate(Argument(call, 0)));
        return descriptor.Epoll is null ? sockets.Close(descriptor.Live) : 0;
    }

    // Whether a call waits is the script's matter: the stack's sockets never do.
    private SocketResult Fcntl(CallAction call)
    {
        CheckCount(call, 2, 3);
        var descriptor = Descriptor(call);
        switch (Evaluate(Argument(call, 1)))
        {
            case ScriptConstants.GetFlags:
                return ReadWrite | (descriptor.IsNonBlocking ? ScriptConstants.NonBlocking : 0);
            case ScriptConstants.SetFlags:
                descriptor.IsNonBlocking = (Evaluate(Argument(call, 2)) & ScriptConstants.NonBlocking) != 0;
                return 0;
            default:
                throw new ScriptException(Argument(call, 1).Position, "fcntl understands F_GETFL and F_SETFL");
        }
    }

    private (SocketResult, Action?) Ioctl(CallAction call)
    {
        CheckCount(call, 3, 3);
        var request = Named(Argument(call, 1));
        if (request is not ("SIOCINQ" or "FIONREAD" or "SIOCOUTQ" or "TIOCOUTQ"))
        {
            throw new ScriptException(Argument(call, 1).Position, $"ioctl understands SIOCINQ, FIONREAD, SIOCOUTQ and TIOCOUTQ, not {request}");
        }

        var queued = sockets.Queued(Descriptor(call).Live, request is "SIOCOUTQ" or "TIOCOUTQ");
        var expected = Bracketed(Argument(call, 2));
        if (queued.Value < 0)
        {
            return Plain(queued);
        }

        return (0, () =>
        {
            if (queued.Value != expected)
            {
                throw new ScriptException(_position, $"{request} gave {queued.Value}, expected {expected}");
            }
        });
    }
}
