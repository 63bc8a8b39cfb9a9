using Mirage;
using Mirage.Net.TcpIp;
using Mirage.Testing.Scripts;
using Stack = Mirage.Net.TcpIp.DirectStack<Mirage.Testing.Scripts.ScriptNetwork, Mirage.Net.Virtual.SimulatedPlatform, Mirage.Net.TcpIp.Cubic>;

/// <summary>Gives each packet script a stack, and of its sockets one of UDP. What a script calls beyond that fails it.</summary>
public sealed class DatagramHost : IScriptHost
{
    public ValueTask<IScriptSockets> StartAsync(ScriptLink link)
    {
        var stack = Stack.Connect(link.Network, link.Platform, new DirectStackOptions { Addresses = [link.Local], Gateway = link.Gateway });
        return new(new Sockets(stack));
    }

    private sealed class Sockets(Stack stack) : IScriptSockets
    {
        private readonly Queue<byte[]> _received = new();
        private IpEndpoint _local;

        public SocketResult Open(ScriptSocketKind kind, bool isV6) => kind == ScriptSocketKind.Datagram ? 3 : SocketResult.NotSupported("sockets of TCP");

        public SocketResult Bind(int descriptor, IpEndpoint local)
        {
            var listening = stack.ListenUdp(
                local.Port,
                (_, _, payload) => _received.Enqueue(payload.ToArray()),
                new UdpListenOptions { Address = local.Address });
            return listening.TryGet(out _local) ? 0 : Errno.EADDRINUSE;
        }

        public SocketResult Receive(int descriptor, Span<byte> buffer, ScriptMessageFlags flags, out IpEndpoint remote)
        {
            remote = default;
            if (!_received.TryDequeue(out var payload))
            {
                // The script waits, and asks again.
                return Errno.EAGAIN;
            }

            var count = Math.Min(buffer.Length, payload.Length);
            payload.AsSpan(0, count).CopyTo(buffer);
            return count;
        }

        public SocketResult Send(int descriptor, ReadOnlySpan<byte> data, ScriptMessageFlags flags, IpEndpoint remote)
            => stack.SendUdp(_local, remote, data).IsDone ? data.Length : Errno.EIO;

        public ScriptPollEvents Poll(int descriptor) => ScriptPollEvents.Writable | (_received.Count > 0 ? ScriptPollEvents.Readable : ScriptPollEvents.None);

        public SocketResult Close(int descriptor)
        {
            stack.UnlistenUdp(_local.Port).ThrowIfFailed();
            return 0;
        }
    }
}
