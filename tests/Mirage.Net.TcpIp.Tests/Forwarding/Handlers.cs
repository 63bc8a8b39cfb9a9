namespace Mirage.Net.TcpIp.Tests.Forwarding;

internal static class Handlers
{
    /// <summary>Tells who connected.</summary>
    internal readonly struct Remote(TaskCompletionSource<IpEndpoint> seen) : IFlowHandler
    {
        public ValueTask HandleAsync<TFlow>(TFlow flow)
            where TFlow : struct, IFlow
        {
            seen.SetResult(flow.Remote);
            return default;
        }
    }

    /// <summary>Keeps datagrams.</summary>
    internal readonly struct Keep(List<(IpEndpoint Local, IpEndpoint Remote, byte[] Payload)> datagrams) : IDatagramHandler
    {
        public void OnDatagram(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload) => datagrams.Add((local, remote, payload.ToArray()));
    }
}
