using Mirage.Net.TcpIp;
using Mirage.Net.Virtual;

namespace Mirage.Fuzzing;

/// <summary>A run of a <see cref="StackFuzzer"/>, over one kind of device.</summary>
internal sealed class FuzzRun<TNetwork>
    where TNetwork : struct, INetwork
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
    private readonly FuzzCable _cable;
    private readonly DirectStack<TNetwork, SimulatedPlatform, Cubic> _stack;
    private readonly Opponent _opponent;
    private readonly Application<TNetwork> _application;
    private readonly FrameSource _frames;
    private readonly List<Exception> _reports = [];

    private readonly DirectStackOptions _options;

    public FuzzRun(FuzzInput input, FuzzCable cable, TNetwork network, DirectStackOptions options)
    {
        _input = input;
        _cable = cable;
        _options = options;
        _loop = new SimulatedLoop(1) { Reported = OnReported };
        _platform = new SimulatedPlatform(_loop);
        _stack = DirectStack<TNetwork, SimulatedPlatform, Cubic>.Connect(network, _platform, options);
        _opponent = new Opponent(_cable);
        _application = new Application<TNetwork>(_stack);
        _frames = new FrameSource(_opponent, input);
    }

    public FuzzOutcome Run()
    {
        _loop.Run(RunAsync);
        return new FuzzOutcome(_application.BytesRead, _stack.Counters);
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

        Invariants.Check(_stack, _options.Limits);
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
