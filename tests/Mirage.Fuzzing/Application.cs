using Mirage.Net.TcpIp;
using Mirage.Net.TcpIp.Wire;
using Mirage.Net.Virtual;

namespace Mirage.Fuzzing;

/// <summary>The program over the stack: it accepts and opens flows, reads and writes what belongs at its place, and ends them in every way.</summary>
internal sealed class Application<TNetwork>(DirectStack<TNetwork, SimulatedPlatform, Cubic> stack)
    where TNetwork : struct, INetwork
{
    private const int MaxFlows = 24;

    private readonly List<Holding> _holdings = [];

    /// <summary>What must not have happened.</summary>
    public List<Exception> Failures { get; } = [];

    /// <summary>Bytes that were read, each checked.</summary>
    public long BytesRead { get; private set; }

    public void Listen()
    {
        _ = stack.ListenTcp(Opponent.StackPort, new Handler(this), new TcpListenOptions { Backlog = 4 });
        _ = stack.ListenUdp(Opponent.StackPort, new Datagrams());
        _ = stack.ForwardTcp(new Forwarder(this), new TcpListenOptions { Backlog = 4 });
        _ = stack.ForwardUdp(new Forwarder(this));
    }

    /// <summary>Does one thing.</summary>
    public void Act(FuzzInput input)
    {
        var action = input.Below(16);
        if (action < 3)
        {
            ActOnStack(action, input);
        }
        else if (_holdings.Count > 0)
        {
            ActOnFlow(_holdings[input.Below(_holdings.Count)], action, input);
        }
    }

    /// <summary>Lets go of everything.</summary>
    public void End(FuzzInput input)
    {
        _ = stack.UnlistenTcp(Opponent.StackPort);
        _ = stack.UnforwardTcp();
        foreach (var holding in _holdings.ToArray())
        {
            ActOnFlow(holding, input.Below(4) == 0 ? 14 : 13, input);
        }
    }

    private void ActOnStack(int action, FuzzInput input)
    {
        switch (action)
        {
            case 0:
                var host = input.Choose(Opponent.Hosts);
                Run(ConnectAsync(new IpEndpoint(host, (ushort)(1 + input.Below(4)))));
                break;
            case 1:
                if (input.Below(8) == 0)
                {
                    _ = stack.UnlistenTcp(Opponent.StackPort);
                }
                else
                {
                    Listen();
                }

                break;
            default:
                _ = stack.SendUdp(default, new IpEndpoint(input.Choose(Opponent.Hosts), Opponent.StackPort), Pattern.From(default, input.Choose(0, 1, 100, 1472, 1473, 9000)));
                break;
        }
    }

    private void ActOnFlow(Holding holding, int action, FuzzInput input)
    {
        var flow = holding.Flow;
        switch (action)
        {
            case <= 7 when !holding.IsReading:
                Run(ReadAsync(holding, input.Choose(1, 100, 4000, 60_000)));
                break;
            case 8 or 9 or 10 or 11 when !holding.IsWriting:
                Run(WriteAsync(holding, input.Choose(1, 10, 1460, 5000, 60_000)));
                break;
            case 12 when !holding.IsWriting:
                Run(flow.ShutdownAsync(input.Choose(FlowDirection.Write, FlowDirection.Read, FlowDirection.Both)).AsTask());
                break;
            case 13:
                holding.End();
                Run(flow.CloseAsync().AsTask());
                break;
            case 14:
                holding.End();
                Run(flow.AbortAsync().AsTask());
                break;
            case 15 when flow.TryGet<TcpControl>(out var control):
                _ = control.SetKeepAlive(input.Below(2) == 0 ? null : new KeepAlive(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1), 2));
                _ = control.SetNoDelay(input.Below(2) == 0);
                break;
        }
    }

    private async Task ConnectAsync(IpEndpoint remote)
    {
        var result = await stack.ConnectTcpAsync(remote, new TcpConnectOptions { Timeout = TimeSpan.FromSeconds(20) });
        if (result.IsDone)
        {
            Hold(result.Value);
        }
    }

    private Holding? Hold(TcpFlow flow)
    {
        if (_holdings.Count == MaxFlows)
        {
            Run(flow.AbortAsync().AsTask());
            return null;
        }

        var holding = new Holding(this, flow);
        _holdings.Add(holding);
        return holding;
    }

    private async Task ReadAsync(Holding holding, int count)
    {
        holding.IsReading = true;
        var buffer = new byte[count];
        var read = await holding.Flow.ReadAsync(buffer);
        for (var i = 0; i < read.Count; i++)
        {
            if (buffer[i] != Pattern.At(holding.NextRead))
            {
                throw new InvalidOperationException($"{holding.Flow}: what was read at {holding.NextRead} does not belong there");
            }

            holding.NextRead += 1;
            BytesRead++;
        }

        holding.IsReading = false;
    }

    private static async Task WriteAsync(Holding holding, int count)
    {
        holding.IsWriting = true;
        var text = Pattern.From(holding.NextWrite, count);
        holding.NextWrite += count;
        _ = await holding.Flow.WriteAsync(text);
        holding.IsWriting = false;
    }

    private void Run(Task task) => _ = ObserveAsync(task);

    private async Task ObserveAsync(Task task)
    {
        try
        {
            await task;
        }
        catch (Exception exception)
        {
            Failures.Add(exception);
        }
    }

    /// <summary>A flow, and where the program is in it.</summary>
    private sealed class Holding(Application<TNetwork> application, TcpFlow flow)
    {
        private readonly TaskCompletionSource _ended = new();

        public TcpFlow Flow => flow;

        public SequenceNumber NextRead { get; set; } = flow.Connection.Irs + 1;

        public SequenceNumber NextWrite { get; set; } = flow.Connection.Iss + 1;

        public bool IsReading { get; set; }

        public bool IsWriting { get; set; }

        public Task Ended => _ended.Task;

        public void End()
        {
            _ = application._holdings.Remove(this);
            _ = _ended.TrySetResult();
        }
    }

    private readonly struct Handler(Application<TNetwork> application) : IFlowHandler
    {
        public async ValueTask HandleAsync<TFlow>(TFlow flow)
            where TFlow : struct, IFlow
        {
            if (application.Hold((TcpFlow)(object)flow) is { } holding)
            {
                await holding.Ended;
            }
        }
    }

    /// <summary>Decides by the port: at once or never, and in each way.</summary>
    private readonly struct Forwarder(Application<TNetwork> application) : ITcpForwarder, IUdpForwarder
    {
        public async ValueTask ForwardAsync<TRequest, TFlow>(TRequest request)
            where TRequest : struct, ITcpForwardRequest<TFlow>
            where TFlow : struct, IFlow
        {
            switch (request.Source.Port)
            {
                case 1:
                    request.Drop();
                    break;
                case 2:
                    request.Refuse(UnreachableReason.Host);
                    break;
                case 3:
                    request.Refuse();
                    break;
                case 4:
                    var never = new TaskCompletionSource();
                    using (request.Withdrawn.Register(never.SetResult))
                    {
                        await never.Task;
                    }

                    break;
                default:
                    var accepted = await request.AcceptAsync();
                    if (accepted.IsDone && application.Hold((TcpFlow)(object)accepted.Value) is { } holding)
                    {
                        await holding.Ended;
                    }

                    break;
            }
        }

        public void OnDatagram<TAssociation>(TAssociation association, ReadOnlySpan<byte> payload)
            where TAssociation : struct, IUdpAssociation
        {
            switch (payload.Length % 4)
            {
                case 0:
                    _ = association.Reply(payload);
                    break;
                case 1:
                    association.Refuse(UnreachableReason.Port);
                    break;
                case 2:
                    association.End();
                    break;
            }
        }

        public void OnEnded(IpEndpoint source, IpEndpoint destination, object? state)
        {
        }
    }

    private readonly struct Datagrams : IDatagramHandler
    {
        public void OnDatagram(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload)
        {
        }
    }
}
