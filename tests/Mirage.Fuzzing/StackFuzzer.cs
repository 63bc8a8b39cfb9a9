using Mirage.Net.TcpIp;
using Mirage.Net.Virtual;

namespace Mirage.Fuzzing;

/// <summary>
/// A stack under a sequence of decisions: frames arrive, time passes, the program does something. After each step what must always hold is checked, and at the end
/// that the stack lets go of everything.
/// </summary>
public sealed class StackFuzzer
{
    private const int MaxSteps = 20_000;

    private static readonly TimeSpan[] _times =
    [
        default, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(1),
        TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(15), TimeSpan.FromMinutes(2), TimeSpan.FromHours(1),
    ];

    private readonly FuzzInput _input;
    private readonly SimulatedLoop _loop;
    private readonly SimulatedPlatform _platform;
    private readonly FuzzCable _cable = new();
    private readonly FuzzedStack _stack;
    private readonly Opponent _opponent;
    private readonly Application _application;
    private readonly FrameSource _frames;
    private readonly List<Exception> _reports = [];

    private StackFuzzer(FuzzInput input)
    {
        _input = input;
        _loop = new SimulatedLoop(1) { Reported = OnReported };
        _platform = new SimulatedPlatform(_loop);
        _stack = FuzzedStack.Connect(new FuzzNetwork(_cable), _platform, Options);
        _opponent = new Opponent(_cable);
        _application = new Application(_stack);
        _frames = new FrameSource(_opponent, input);
    }

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
    /// <returns>How far it got.</returns>
    /// <exception cref="FuzzException">Something that must hold did not; the message says at which step.</exception>
    public static FuzzOutcome Run(ReadOnlyMemory<byte> bytes)
    {
        var fuzzer = new StackFuzzer(new FuzzInput(bytes));
        fuzzer._loop.Run(fuzzer.RunAsync);
        return new FuzzOutcome(fuzzer._application.BytesRead, fuzzer._stack.Counters);
    }

    private async Task RunAsync()
    {
        var step = 0;
        try
        {
            _application.Listen();
            for (; !_input.IsAtEnd && step < MaxSteps; step++)
            {
                await StepAsync();
                Check();
            }

            await EndAsync();
        }
        catch (Exception exception)
        {
            throw new FuzzException($"step {step}, byte {_input.Position}: {exception.Message}", exception);
        }
    }

    private async Task StepAsync()
    {
        switch (_input.Below(16))
        {
            case 0:
                await SleepAsync(_times[_input.Below(_times.Length)]);
                break;
            case 1 or 2 or 3:
                _application.Act(_input);
                break;
            case 4:
                _cable.Room = _input.Choose(0, 1, 2, int.MaxValue, int.MaxValue);
                _opponent.AnswersResolution = _input.Below(4) != 0;
                break;
            default:
                _frames.Send();
                break;
        }

        await SleepAsync(_input.Below(4) == 0 ? TimeSpan.FromMilliseconds(1) : default);
    }

    private async Task SleepAsync(TimeSpan time)
    {
        await _platform.SleepAsync(time);
        _opponent.Listen();
        if (_cable.Room == 0)
        {
            // A device tells when there is room again.
            _loop.Wake();
        }
    }

    private void Check()
    {
        if (_reports.Count > 0)
        {
            throw new InvalidOperationException($"reported: {_reports[0]}");
        }

        if (_application.Failures.Count > 0)
        {
            throw new InvalidOperationException($"thrown to the program: {_application.Failures[0]}");
        }

        Invariants.Check(_stack, _loop.Now);
    }

    // That an address is another host's is something to tell a person; an exception of another kind is a fault.
    private void OnReported(string source, Exception exception)
    {
        if (exception is not DeviceException)
        {
            _reports.Add(exception);
        }
    }

    /// <summary>The program lets go, the network falls silent, and time passes: nothing is left.</summary>
    private async Task EndAsync()
    {
        _cable.Room = int.MaxValue;
        _application.End(_input);
        for (var i = 0; i < 40; i++)
        {
            await SleepAsync(TimeSpan.FromMinutes(1));
            Check();
        }

        Invariants.CheckEmpty(_stack);
    }
}

/// <summary>How far a run got.</summary>
/// <param name="BytesRead">Bytes that the program read and found right.</param>
/// <param name="Counters">What the stack counted.</param>
public readonly record struct FuzzOutcome(long BytesRead, StackCounters Counters);

/// <summary>Something that must hold did not.</summary>
public sealed class FuzzException(string message, Exception inner) : Exception(message, inner);
