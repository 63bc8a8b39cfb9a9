using System.Runtime.CompilerServices;

namespace Mirage.Net.TcpIp;

/// <summary>The way down: next-hop resolution (RFC 4861 §7.2.2, §7.3.3), and what waits for it.</summary>
internal sealed partial class NeighbourResolver<TAddress, TQuestions, TEthernet, TPlatform>
{
    public LendStatus Rent(TAddress nextHop, int length, out Span<byte> packet)
    {
        var neighbour = _cache.Find(nextHop);
        if (neighbour is { IsKnown: true })
        {
            if (neighbour.State == NeighbourState.Stale)
            {
                Use(neighbour);
            }

            return _ethernet.Rent(neighbour.Mac, type, length, out packet);
        }

        return RentWaiting(neighbour ?? Ask(Add(nextHop)), length, out packet);
    }

    public SendStatus Send(int length, in FrameInfo info) => _waiting.TrySend(length, info) ? SendStatus.Sent : _ethernet.Send(length, info);

    public void Return()
    {
        if (!_waiting.TryReturn())
        {
            _ethernet.Return();
        }
    }

    /// <summary>RFC 4861 §7.3.3: the first use of what is not believed gives it a moment before it is asked.</summary>
    private void Use(Neighbour<TAddress> neighbour)
    {
        neighbour.State = NeighbourState.Delay;
        SetDue(neighbour, times.DelayFirstProbe);
        if (neighbour.Standing == NeighbourStanding.Claimed)
        {
            _cache.Move(neighbour, NeighbourStanding.Asked);
        }
    }

    /// <summary>What the device cuts may wait as well.</summary>
    private int LargestWaiting
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (TEthernet.Offload & NetworkOffload.SendSegmentation) != 0 ? int.MaxValue : _ethernet.Mtu;
    }

    private LendStatus RentWaiting(Neighbour<TAddress> neighbour, int length, out Span<byte> packet)
    {
        packet = default;
        return neighbour.State == NeighbourState.Unreachable ? LendStatus.Unreachable
            : length > LargestWaiting ? LendStatus.TooLarge
            : _waiting.Rent(neighbour.Waiting ??= new Queue<WaitingPacket>(), length, out packet);
    }

    /// <summary>The link address is known: sends what waited for it.</summary>
    private void Release(Neighbour<TAddress> neighbour)
    {
        SendWaiting(neighbour);
        Answer(neighbour, neighbour.Mac);
    }

    private void SendWaiting(Neighbour<TAddress> neighbour)
    {
        while (neighbour.Waiting is { } waiting && waiting.TryPeek(out var packet))
        {
            var status = TrySendNow(neighbour.Mac, packet);
            if (status == SendStatus.Full)
            {
                Block(neighbour);
                return;
            }

            _ = waiting.Dequeue();
            if (status == SendStatus.Sent)
            {
                _waiting.Return(packet);
            }
            else
            {
                _waiting.Drop(packet);
            }
        }
    }

    private SendStatus TrySendNow(MacAddress mac, in WaitingPacket packet)
    {
        var status = _ethernet.Rent(mac, type, packet.Length, out var payload);
        if (status != LendStatus.Lent)
        {
            return status == LendStatus.Full ? SendStatus.Full : SendStatus.Failed;
        }

        packet.Buffer.AsSpan(0, packet.Length).CopyTo(payload);
        return _ethernet.Send(packet.Length, packet.Info);
    }

    /// <summary>The device is full: in the next turn again, which comes when there is room.</summary>
    private void Block(Neighbour<TAddress> neighbour)
    {
        if (!neighbour.IsBlocked)
        {
            neighbour.IsBlocked = true;
            _blocked.Enqueue(neighbour);
        }
    }

    /// <summary>Asks and sends what the device had no room for.</summary>
    private void RunBlocked()
    {
        for (var left = _blocked.Count; left > 0; left--)
        {
            var neighbour = _blocked.Dequeue();
            neighbour.IsBlocked = false;
            if (neighbour.IsUnasked && neighbour.State is (NeighbourState.Incomplete or NeighbourState.Probe))
            {
                TryAsk(neighbour);
            }

            if (neighbour.IsKnown)
            {
                SendWaiting(neighbour);
            }
        }
    }

    /// <summary>The link address will not be known: drops what waited for it.</summary>
    private void GiveUp(Neighbour<TAddress> neighbour)
    {
        neighbour.IsUnasked = false;
        while (neighbour.Waiting is { } waiting && waiting.TryDequeue(out var packet))
        {
            _waiting.Drop(packet);
        }

        if (neighbour.Awaited is not null)
        {
            Answer(neighbour, Silent(neighbour.Address));
        }
    }

    private void Answer(Neighbour<TAddress> neighbour, Result<MacAddress> result)
    {
        if (neighbour.Awaited is { } awaited)
        {
            neighbour.Awaited = null;
            Post(awaited, result);
        }
    }

    /// <summary>Posted, so that what awaits the answer does not run in the middle of a packet.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Post(TaskCompletionSource<Result<MacAddress>> awaited, Result<MacAddress> result) => _platform.Post(_ => awaited.SetResult(result), null);
}
