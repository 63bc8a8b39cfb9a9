namespace Mirage.Net.TcpIp;

/// <summary>What there is, for people who look.</summary>
internal sealed partial class TcpLayer<TIp, TPlatform, TCongestion>
{
    public void GetConnections(List<TcpConnectionInfo> into)
    {
        foreach (var connection in _connections.ToList())
        {
            into.Add(connection.Info);
        }

        foreach (var half in _halfOpen.All())
        {
            into.Add(new TcpConnectionInfo
            {
                State = TcpState.SynReceived.ToName(),
                Local = half.Local,
                Remote = half.Remote,
                Retransmissions = half.Timeouts,
                Due = half.TakenAt + Settings.HandshakeLimit,
            });
        }
    }
}
