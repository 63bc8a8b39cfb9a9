using Mirage.Net.Dns.Wire;

namespace Mirage.Net.Dns;

/// <content>Asking over UDP.</content>
internal sealed partial class DnsClientLayer<TStack, TPlatform>
{
    private const int FirstPort = 32_768;
    private const int MaxPortTries = 16;

    /// <summary>Asks from a port of its own, at random (RFC 5452 §9.2), and waits until a datagram answers the question.</summary>
    private async Task<DeviceError> AskUdpAsync(IpEndpoint server, DnsQuery query, TimeSpan timeout)
    {
        var waiting = new Waiting(this, server, query);
        var listening = Listen(waiting);
        if (!listening.TryGet(out var local))
        {
            return listening.Error;
        }

        var sent = _stack.SendUdp(new IpEndpoint(default, local.Port), server, query.Bytes.Span);
        if (sent.IsDone)
        {
            _counters = _counters with { Sent = _counters.Sent + 1 };
            await waiting.Ended.Task.WaitAsync(timeout, _platform.TimeProvider)
                .ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
        }

        // The stack may have been disconnected, and has forgotten it then.
        _ = _stack.UnlistenUdp(local.Port);
        if (!sent.IsDone || waiting.Failed.Kind != ErrorKind.None)
        {
            return sent.IsDone ? waiting.Failed : sent.Error;
        }

        if (query.Answer is null)
        {
            _counters = _counters with { TimedOut = _counters.TimedOut + 1 };
        }

        return new DeviceError(ErrorKind.TimedOut, $"{query.Name}: no answer from {server}");
    }

    private Result<IpEndpoint> Listen(Waiting waiting)
    {
        var options = new UdpListenOptions { OnError = (_, remote, error) => waiting.OnError(remote, error) };
        for (var i = 0; i < MaxPortTries; i++)
        {
            var port = (ushort)(FirstPort + (RandomNumber() % (ushort.MaxValue + 1 - FirstPort)));
            var listening = _stack.ListenUdp(port, new Input(waiting), options);
            if (listening.IsDone || listening.Error.Kind != ErrorKind.InUse)
            {
                return listening;
            }
        }

        // Almost all are taken: the stack knows which are not.
        return _stack.ListenUdp(0, new Input(waiting), options);
    }

    private void Take(Waiting waiting, IpEndpoint remote, ReadOnlySpan<byte> payload)
    {
        var query = waiting.Query;
        if (waiting.HasEnded)
        {
            return;
        }

        var isMessage = DnsMessage.TryParse(payload, out var message);
        if (remote != waiting.Server || !isMessage || !DnsResponse.Answers(message, query.Id, query.Name, query.Type, out var sameCase))
        {
            // Whoever forges answers sends many: the true one is waited for.
            _counters = isMessage ? _counters with { Mismatched = _counters.Mismatched + 1 } : _counters with { Malformed = _counters.Malformed + 1 };
            return;
        }

        query.Answer = payload.ToArray();
        query.CaseLost = !sameCase;
        waiting.End(default);
    }

    /// <summary>What a datagram or an error is waited for by.</summary>
    private sealed class Waiting(DnsClientLayer<TStack, TPlatform> layer, IpEndpoint server, DnsQuery query)
    {
        public IpEndpoint Server { get; } = server;

        public DnsQuery Query { get; } = query;

        public bool HasEnded { get; private set; }

        public DeviceError Failed { get; private set; }

        public TaskCompletionSource Ended { get; } = new();

        /// <summary>Posted, so that what waits does not run in the middle of a packet.</summary>
        public void End(DeviceError error)
        {
            HasEnded = true;
            Failed = error;
            layer._platform.Post(static state => ((TaskCompletionSource)state!).SetResult(), Ended);
        }

        public void OnDatagram(IpEndpoint remote, ReadOnlySpan<byte> payload)
        {
            if (layer._platform.IsOnLoop)
            {
                layer.Take(this, remote, payload);
                return;
            }

            // A stack that calls handlers elsewhere.
            var copy = payload.ToArray();
            layer._platform.Post(_ => layer.Take(this, remote, copy), null);
        }

        public void OnError(IpEndpoint remote, DeviceError error)
            => layer._platform.Post(
                _ =>
                {
                    if (remote == Server && !HasEnded)
                    {
                        End(error);
                    }
                },
                null);
    }

    private readonly struct Input(Waiting waiting) : IDatagramHandler
    {
        public void OnDatagram(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload) => waiting.OnDatagram(remote, payload);
    }
}
