using System.Runtime.CompilerServices;

namespace Mirage.Net.TcpIp;

/// <summary>Awaited, it goes on with an async method on the loop, or away from it.</summary>
internal readonly struct LoopSwitch(TcpEngine engine, bool toLoop) : ICriticalNotifyCompletion
{
    public bool IsCompleted => engine.IsOnLoop == toLoop;

    public LoopSwitch GetAwaiter() => this;

    public void GetResult()
    {
    }

    public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

    public void UnsafeOnCompleted(Action continuation)
    {
        if (toLoop)
        {
            engine.Post(static action => ((Action)action!)(), continuation);
        }
        else
        {
            engine.Offload(static action => ((Action)action!)(), continuation);
        }
    }
}
