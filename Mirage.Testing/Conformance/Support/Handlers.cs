namespace Mirage.Testing;

/// <summary>Serves a connection by a delegate.</summary>
internal readonly struct DelegateHandler(Func<IFlow, ValueTask> serve) : IFlowHandler
{
    public ValueTask HandleAsync<TFlow>(TFlow flow)
        where TFlow : struct, IFlow
        => serve(flow);
}

/// <summary>Sends back what comes, until the end.</summary>
internal readonly struct EchoHandler : IFlowHandler
{
    public async ValueTask HandleAsync<TFlow>(TFlow flow)
        where TFlow : struct, IFlow
    {
        var buffer = new byte[4096];
        while (true)
        {
            var read = await flow.ReadAsync(buffer);
            if (!read.HasData)
            {
                return;
            }

            (await flow.WriteAsync(buffer.AsMemory(0, read.Count))).ThrowIfFailed();
        }
    }
}

/// <summary>A datagram as a handler got it.</summary>
internal sealed record Datagram(IpEndpoint Local, IpEndpoint Remote, byte[] Payload)
{
    public string Text => System.Text.Encoding.UTF8.GetString(Payload);
}

/// <summary>Keeps the datagrams that come.</summary>
internal readonly struct CollectingHandler(Mailbox<Datagram> mailbox) : IDatagramHandler
{
    public void OnDatagram(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload) => mailbox.Post(new(local, remote, payload.ToArray()));
}

/// <summary>Keeps the datagrams that come, and sends them back.</summary>
internal readonly struct EchoDatagramHandler(IStack stack, Mailbox<Datagram> mailbox) : IDatagramHandler
{
    public void OnDatagram(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload)
    {
        mailbox.Post(new(local, remote, payload.ToArray()));
        stack.SendUdp(local, remote, payload).ThrowIfFailed();
    }
}
