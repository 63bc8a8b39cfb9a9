using Mirage.Testing.Scripts;

namespace Mirage.Scripts;

/// <summary>A UDP socket.</summary>
internal sealed class DatagramSocket(SocketsContext context) : DirectSocket(context)
{
    private readonly Queue<(IpEndpoint Remote, byte[] Payload)> _received = new();
    private IpEndpoint _remote;
    private bool _isBound;
    private Errno _error;
    private byte _timeToLive;
    private byte _trafficClass;

    public override SocketResult Bind(IpEndpoint local)
    {
        if (_isBound)
        {
            return Errno.EINVAL;
        }

        var listening = Context.Stack.ListenUdp(local.Port, new Handler(this), new UdpListenOptions { Address = local.Address, OnError = OnError });
        if (!listening.TryGet(out var bound))
        {
            return ErrnoOf(listening.Error);
        }

        _isBound = true;
        return base.Bind(bound);
    }

    public override SocketResult Connect(IpEndpoint remote)
    {
        _remote = remote;
        return _isBound ? 0 : Bind(new IpEndpoint(Context.Link.Local.Address, 0));
    }

    public override SocketResult Receive(Span<byte> buffer, ScriptMessageFlags flags, out IpEndpoint remote)
    {
        remote = default;
        if (TakeError() is var error and not Errno.None)
        {
            return error;
        }

        if (!_received.TryPeek(out var datagram))
        {
            return Errno.EAGAIN;
        }

        if ((flags & ScriptMessageFlags.Peek) == 0)
        {
            _ = _received.Dequeue();
        }

        remote = datagram.Remote;
        var count = Math.Min(buffer.Length, datagram.Payload.Length);
        datagram.Payload.AsSpan(0, count).CopyTo(buffer);
        return count;
    }

    public override SocketResult Send(ReadOnlySpan<byte> data, ScriptMessageFlags flags, IpEndpoint remote)
    {
        remote = remote == default ? _remote : remote;
        if (remote == default)
        {
            return Errno.EDESTADDRREQ;
        }

        if (!_isBound && Bind(new IpEndpoint(Context.Link.Local.Address, 0)) is { Value: < 0 } failed)
        {
            return failed;
        }

        if (TakeError() is var error and not Errno.None)
        {
            return error;
        }

        var sent = Context.Stack.SendUdp(Local, remote, data, new UdpSendOptions { TimeToLive = _timeToLive, TrafficClass = _trafficClass });
        return sent.IsDone ? data.Length : ErrnoOf(sent.Error);
    }

    public override SocketResult Shutdown(FlowDirection direction) => _remote == default ? Errno.ENOTCONN : 0;

    public override SocketResult Close()
    {
        if (_isBound)
        {
            Context.Stack.UnlistenUdp(Local.Port).ThrowIfFailed();
        }

        return 0;
    }

    public override SocketResult SetOption(string name, SocketOptionValue value)
    {
        switch (name)
        {
            case "IP_TTL" or "IPV6_UNICAST_HOPS" when value.Value is > 0 and <= byte.MaxValue:
                _timeToLive = (byte)value.Value;
                return 0;
            case "IP_TOS" or "IPV6_TCLASS" when value.Value is >= 0 and <= byte.MaxValue:
                _trafficClass = (byte)value.Value;
                return 0;
            default:
                return base.SetOption(name, value);
        }
    }

    public override SocketResult GetOption(string name, out SocketOptionValue value)
    {
        value = default;
        if (name != "SO_ERROR")
        {
            return base.GetOption(name, out value);
        }

        value = new((int)TakeError());
        return 0;
    }

    public override ScriptPollEvents Poll() => ScriptPollEvents.Writable | (_received.Count > 0 ? ScriptPollEvents.Readable : 0)
        | (_error != Errno.None ? ScriptPollEvents.Readable | ScriptPollEvents.Error : 0);

    // As on Linux, only a connected socket is told (RFC 1122 §4.1.3.3): of another it would not know whom the error is about.
    private void OnError(IpEndpoint local, IpEndpoint remote, DeviceError error)
    {
        if (_remote == remote)
        {
            _error = ErrnoOf(error);
        }
    }

    private Errno TakeError()
    {
        var error = _error;
        _error = Errno.None;
        return error;
    }

    private readonly struct Handler(DatagramSocket socket) : IDatagramHandler
    {
        public void OnDatagram(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload)
        {
            if (socket._remote == default || socket._remote == remote)
            {
                socket._received.Enqueue((remote, payload.ToArray()));
            }
        }
    }
}
