using System.Buffers.Binary;
using Mirage.Net.Dns.Wire;

namespace Mirage.Net.Dns.Tests;

/// <summary>A question that a server heard.</summary>
internal sealed record Asked(double At, IpEndpoint From, bool OverTcp, ushort Id, DomainName Name, DnsRecordType Type, int? LargestDatagram, bool RecursionDesired);

/// <summary>A name server that answers as a test says.</summary>
internal sealed class ScriptedServer<TStack>
    where TStack : struct, IStack
{
    private readonly TStack _stack;
    private readonly Func<double> _now;

    public ScriptedServer(TStack stack, Func<double> now, ushort port = DnsMessage.ServerPort, IpAddress address = default)
    {
        (_stack, _now) = (stack, now);
        Local = Listen(port, address);
    }

    public IpEndpoint Local { get; }

    public List<Asked> Questions { get; } = [];

    /// <summary>The answer to a question over either; <see langword="null"/> for silence.</summary>
    public Func<Asked, byte[]?> Answer { get; set; } = question => Reply.Code(question, DnsResponseCode.Refused);

    /// <summary>What is done before a datagram is answered.</summary>
    public Action<Asked>? Before { get; set; }

    public IEnumerable<double> Times => Questions.Select(question => Math.Round(question.At, 6));

    public void Send(IpEndpoint to, byte[] message) => _stack.SendUdp(Local, to, message).ThrowIfFailed();

    /// <summary>Takes a port of both protocols. Over the host's sockets, the one that is free for datagrams may be another program's for streams: then another is tried.</summary>
    private IpEndpoint Listen(ushort port, IpAddress address)
    {
        const int Attempts = 20;
        for (var attempt = 1; ; attempt++)
        {
            var local = _stack.ListenUdp(port, OnDatagram, new UdpListenOptions { Address = address }).ThrowIfFailed();
            var listening = _stack.ListenTcp(local.Port, ServeAsync, new TcpListenOptions { Address = address });
            if (listening.IsDone || listening.Error.Kind != ErrorKind.InUse || port != 0 || attempt == Attempts)
            {
                _ = listening.ThrowIfFailed();
                return local;
            }

            _stack.UnlistenUdp(local.Port).ThrowIfFailed();
        }
    }

    private void OnDatagram(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload)
    {
        var question = Take(remote, overTcp: false, payload);
        Before?.Invoke(question);
        if (Answer(question) is { } answer)
        {
            _stack.SendUdp(local, remote, answer).ThrowIfFailed();
        }
    }

    private async ValueTask ServeAsync(IFlow flow)
    {
        var length = await ReadAsync(flow, 2);
        var payload = await ReadAsync(flow, BinaryPrimitives.ReadUInt16BigEndian(length));
        if (Answer(Take(flow.Remote, overTcp: true, payload)) is { } answer)
        {
            // In two parts, as a stream may be.
            var bytes = new byte[2 + answer.Length];
            BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)answer.Length);
            answer.CopyTo(bytes, 2);
            (await flow.WriteAsync(bytes.AsMemory(0, 3))).ThrowIfFailed();
            (await flow.WriteAsync(bytes.AsMemory(3))).ThrowIfFailed();
        }
    }

    private static async Task<byte[]> ReadAsync(IFlow flow, int count)
    {
        var bytes = new byte[count];
        for (var length = 0; length < count;)
        {
            var read = await flow.ReadAsync(bytes.AsMemory(length));
            Assert.True(read.HasData);
            length += read.Count;
        }

        return bytes;
    }

    private Asked Take(IpEndpoint remote, bool overTcp, ReadOnlySpan<byte> payload)
    {
        Assert.True(DnsMessage.TryParse(payload, out var message));
        Assert.False(message.IsResponse);
        Assert.Equal((1, 0, 0), (message.QuestionCount, message.AnswerCount, message.AuthorityCount));
        var reader = message.Read();
        Assert.True(reader.TryReadQuestion(out var question));
        int? largest = null;
        if (message.AdditionalCount == 1)
        {
            Assert.True(reader.TryReadRecord(out var options));
            Assert.Equal(DnsRecordType.Opt, options.Type);
            largest = options.Class;
        }

        var asked = new Asked(_now(), remote, overTcp, message.Id, question.Name, question.Type, largest, message.RecursionDesired);
        Questions.Add(asked);
        return asked;
    }
}
