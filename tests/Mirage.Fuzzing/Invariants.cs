using Mirage.Net.TcpIp;
using Mirage.Net.Virtual;

namespace Mirage.Fuzzing;

/// <summary>What holds of a stack between any two turns.</summary>
internal static class Invariants
{
    // One buffer may be doubled past the limit, and each connection has a least one; packets that wait for neighbours, and to this host itself.
    private const long Slack = 100_000 + (20 * 2 * 32_768) + (1024 * 2048);

    public static void Check<TNetwork>(DirectStack<TNetwork, SimulatedPlatform, Cubic> stack, StackLimits limits)
        where TNetwork : struct, INetwork
    {
        var counters = stack.Counters;
        Require(counters.BuffersInUse >= 0 && counters.BuffersInUse <= limits.MaxBuffered + Slack, $"{counters.BuffersInUse} bytes of buffers are in use");
        Require(counters.Tcp.Connections - counters.Tcp.HalfOpen <= limits.MaxConnections && counters.Tcp.HalfOpen <= limits.MaxHalfOpen, $"there are {counters.Tcp.Connections} connections");
        Require(counters.Tcp.TimeWait <= limits.MaxTimeWait, $"{counters.Tcp.TimeWait} connections are in TIME-WAIT");
        foreach (var connection in stack.TcpConnections)
        {
            Check(connection);
        }
    }

    public static void CheckEmpty<TNetwork>(DirectStack<TNetwork, SimulatedPlatform, Cubic> stack)
        where TNetwork : struct, INetwork
    {
        var counters = stack.Counters;
        Require(counters.Tcp.Connections == 0, $"{counters.Tcp.Connections} connections are left, the first {stack.TcpConnections.FirstOrDefault()?.State}");
        Require(counters.BuffersInUse == 0, $"{counters.BuffersInUse} bytes of buffers are left");
    }

    private static void Check(TcpConnection connection)
    {
        var name = $"{connection.Local} - {connection.Remote} in {connection.State}";
        Require(connection.State != TcpState.Closed, $"{name} is in the table");
        Require(connection.SndUna <= connection.SndNxt, $"{name}: SND.UNA is beyond SND.NXT");
        if (connection.IsSynchronized)
        {
            // A FIN may lie just beyond the window that what is before it has filled.
            var fin = connection.State is TcpState.CloseWait or TcpState.LastAck or TcpState.Closing or TcpState.TimeWait ? 1 : 0;
            Require(connection.RcvNxt <= connection.RcvEdge + fin, $"{name}: RCV.NXT is beyond the window");
            Require(connection.FlightSize == 0 || (connection.UnsentPosition >= 0 && connection.UnsentPosition <= connection.SendBuffer.Length), $"{name}: sent {connection.UnsentPosition} of {connection.SendBuffer.Length}");
        }

        // What is outstanding, or waits to be sent, or ends by itself, has a timer.
        var needsTimer = connection.FlightSize > 0 || connection.SendBuffer.Length > 0 || connection.State is TcpState.SynSent or TcpState.SynReceived or TcpState.TimeWait;
        Require(!needsTimer || connection.IsOutputPending || connection.WheelTick >= 0, $"{name} waits for nothing");
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new InvalidOperationException(otherwise);
        }
    }
}
