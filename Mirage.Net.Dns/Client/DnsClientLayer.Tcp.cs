using System.Buffers.Binary;
using Mirage.Net.Dns.Wire;

namespace Mirage.Net.Dns;

/// <content>Asking over TCP (RFC 7766).</content>
internal sealed partial class DnsClientLayer<TStack, TPlatform>
{
    private async Task<DeviceError> AskTcpAsync(IpEndpoint server, DnsQuery query, TimeSpan timeout)
    {
        _counters = _counters with { SentTcp = _counters.SentTcp + 1 };
        using var limit = new CancellationTokenSource(timeout, _platform.TimeProvider);
        try
        {
            var connected = await _stack.ConnectTcpAsync(server, new TcpExchange(query, limit.Token), cancellation: limit.Token).ConfigureAwait(true);
            return connected.IsDone ? new DeviceError(ErrorKind.Other, $"{query.Name}: {server} gave no answer over TCP") : connected.Error;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            _counters = _counters with { TimedOut = _counters.TimedOut + 1 };
            return new DeviceError(ErrorKind.TimedOut, $"{query.Name}: no answer from {server} over TCP");
        }
    }

    /// <summary>One question and its answer, each after its length (RFC 1035 §4.2.2).</summary>
    private readonly struct TcpExchange(DnsQuery query, CancellationToken cancellation) : IFlowHandler
    {
        public async ValueTask HandleAsync<TFlow>(TFlow flow)
            where TFlow : struct, IFlow
        {
            // RFC 7766 §8: both in one write.
            var bytes = new byte[sizeof(ushort) + query.Bytes.Length];
            BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)query.Bytes.Length);
            query.Bytes.CopyTo(bytes.AsMemory(sizeof(ushort)));
            if (!(await flow.WriteAsync(bytes, cancellation).ConfigureAwait(true)).IsDone
                || await ReadAsync(flow, sizeof(ushort)).ConfigureAwait(true) is not { } length
                || await ReadAsync(flow, BinaryPrimitives.ReadUInt16BigEndian(length)).ConfigureAwait(true) is not { } answer)
            {
                return;
            }

            // On a connection it cannot be forged, so another case is no matter.
            if (DnsMessage.TryParse(answer, out var message) && DnsResponse.Answers(message, query.Id, query.Name, query.Type, out _))
            {
                query.Answer = answer;
            }
        }

        private async ValueTask<byte[]?> ReadAsync<TFlow>(TFlow flow, int count)
            where TFlow : struct, IFlow
        {
            var bytes = new byte[count];
            for (var length = 0; length < count;)
            {
                var read = await flow.ReadAsync(bytes.AsMemory(length), cancellation).ConfigureAwait(true);
                if (!read.HasData)
                {
                    return null;
                }

                length += read.Count;
            }

            return bytes;
        }
    }
}
