using Mirage.Net.TcpIp;
using Mirage.Net.Virtual;

namespace Mirage.Fuzzing;

/// <summary>
/// A stack under a sequence of decisions: frames arrive, time passes, the program does something. After each step what must always hold is checked, and at the end
/// that the stack lets go of everything.
/// </summary>
public static class StackFuzzer
{
    /// <summary>Bounds that are small enough to be reached.</summary>
    public static DirectStackOptions Options { get; } = new()
    {
        Addresses = [new IpNetwork(Opponent.StackV4, 24), new IpNetwork(Opponent.StackV6, 64)],
        Gateway = Opponent.Hosts[1],
        Tcp = new TcpSettings { SendBuffer = 30_000, ReceiveBuffer = 40_000 },
        Limits = new StackLimits
        {
            MaxNeighbours = 3,
            MaxPacketsPerNeighbour = 2,
            MaxConnections = 20,
            MaxTimeWait = 4,
            MaxHalfOpen = 3,
            MaxReassemblyBytes = 20_000,
            MaxReassemblies = 3,
            MaxPathMtus = 4,
            MaxOutOfOrderRuns = 6,
            MaxBuffered = 200_000,
            MaxPooledConnections = 4,
        },
    };

    /// <summary>Runs the steps that some bytes stand for.</summary>
    /// <param name="bytes">The decisions.</param>
    /// <param name="options">The stack's, with the addresses of <see cref="Options"/>.</param>
    /// <param name="offloads">Whether the device cuts, joins and sums in the stack's place.</param>
    /// <returns>How far it got.</returns>
    /// <exception cref="FuzzException">Something that must hold did not; the message says at which step.</exception>
    public static FuzzOutcome Run(ReadOnlyMemory<byte> bytes, DirectStackOptions? options = null, bool offloads = false)
    {
        var (input, cable) = (new FuzzInput(bytes), new FuzzCable());
        var network = new FuzzNetwork(cable);
        return offloads
            ? new FuzzRun<Offloading<FuzzNetwork>>(input, cable, new(network), options ?? Options).Run()
            : new FuzzRun<FuzzNetwork>(input, cable, network, options ?? Options).Run();
    }
}

/// <summary>How far a run got.</summary>
/// <param name="BytesRead">Bytes that the program read and found right.</param>
/// <param name="Counters">What the stack counted.</param>
public readonly record struct FuzzOutcome(long BytesRead, StackCounters Counters);

/// <summary>Something that must hold did not.</summary>
public sealed class FuzzException(string message, Exception inner) : Exception(message, inner);
