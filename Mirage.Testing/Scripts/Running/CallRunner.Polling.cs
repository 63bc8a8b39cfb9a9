namespace Mirage.Testing.Scripts;

internal sealed partial class CallRunner
{
    // What is told whether it was asked for or not.
    private const long Always = (long)(ScriptPollEvents.Error | ScriptPollEvents.HungUp);
    private const long EdgeTriggered = 1L << 31;
    private const long EventBits = 0x3fff;
    private const long Normal = 0x140;

    private async Task<(SocketResult, Action?)> PollAsync(CallAction call)
    {
        CheckCount(call, 3, 3);
        if (Argument(call, 0) is not ListExpression list || list.Items.Count != Evaluate(Argument(call, 1)))
        {
            throw new ScriptException(_position, "poll needs a list of {fd=…, events=…, revents=…}, and its length");
        }

        var asked = list.Items.Select(AskedOf).ToList();
        var timeout = Evaluate(Argument(call, 2));
        var ready = new long[asked.Count];
        var result = await WaitAsync(timeout, () =>
        {
            for (var i = 0; i < ready.Length; i++)
            {
                ready[i] = Ready(asked[i].Descriptor, asked[i].Events);
            }

            return ready.Count(events => events != 0);
        }).ConfigureAwait(true);
        return (result, () =>
        {
            for (var i = 0; i < ready.Length; i++)
            {
                if (ready[i] != asked[i].Expected)
                {
                    throw new ScriptException(list.Items[i].Position, $"poll told {Names(ready[i])}, expected {Names(asked[i].Expected)}");
                }
            }
        });
    }

    private (ScriptDescriptor Descriptor, long Events, long Expected) AskedOf(Expression item)
    {
        if (item is not StructExpression entry || entry["fd"] is not { } number || entry["events"] is not { } events)
        {
            throw new ScriptException(item.Position, "expected {fd=…, events=…, revents=…}");
        }

        return _descriptors.TryGetValue(Evaluate(number), out var descriptor)
            ? (descriptor, Evaluate(events), entry["revents"] is { } expected ? Evaluate(expected) : 0)
            : throw new ScriptException(number.Position, $"poll: the script has no descriptor {Evaluate(number)}");
    }

    private long Ready(ScriptDescriptor descriptor, long events)
    {
        // POLLRDNORM and POLLWRNORM say the same as POLLIN and POLLOUT.
        var told = sockets.Poll(descriptor.Live);
        var ready = (long)told;
        ready += (told & ScriptPollEvents.Readable) != 0 ? 0x40L : 0L;
        ready += (told & ScriptPollEvents.Writable) != 0 ? 0x100L : 0L;
        return ready & (events | Always);
    }

    // A negative time-out is none, in milliseconds.
    private async Task<SocketResult> WaitAsync(long timeout, Func<int> count)
    {
        var ready = count();
        if (ready == 0 && timeout != 0)
        {
            var limit = timeout < 0 ? _patience : Math.Min(timeout * 1000, _patience);
            var isReady = await clock.UntilAsync(() => (ready = count()) != 0, clock.Now + limit).ConfigureAwait(true);
            if (!isReady && (timeout < 0 || timeout * 1000 > _patience))
            {
                throw new ScriptException(_position, $"the call blocks: nothing was ready by {PacketText.Time(clock.Now)}");
            }
        }

        return ready;
    }

    private static string Names(long events)
    {
        var names = ((ScriptPollEvents)(events & ~Normal)) switch
        {
            ScriptPollEvents.None => "nothing",
            var known => $"{known}",
        };
        return $"{names} (0x{events:x})";
    }

    private SocketResult EpollCreate(CallAction call)
    {
        CheckCount(call, 1, 1);
        var live = FirstOwnDescriptor + _descriptors.Count;
        Remember(call, new ScriptDescriptor(live) { Epoll = [] });
        return live;
    }

    private SocketResult EpollControl(CallAction call)
    {
        CheckCount(call, 4, 4);
        var set = Descriptor(call).Epoll ?? throw new ScriptException(_position, "this descriptor was not made by epoll_create");
        var number = (int)Evaluate(Argument(call, 2));
        _ = Descriptor(call, 2);
        var operation = Evaluate(Argument(call, 1));
        if (operation == 2)
        {
            return set.Remove(number) ? 0 : Errno.ENOENT;
        }

        if (operation is not (1 or 3) || Argument(call, 3) is not StructExpression entry || entry["events"] is not { } events)
        {
            throw new ScriptException(_position, "expected EPOLL_CTL_ADD, EPOLL_CTL_MOD or EPOLL_CTL_DEL, and {events=…, fd=…}");
        }

        if (set.ContainsKey(number) != (operation == 3))
        {
            return operation == 3 ? Errno.ENOENT : Errno.EEXIST;
        }

        set[number] = new EpollEntry(Evaluate(events), entry.Fields[1].Value);
        return 0;
    }

    private async Task<(SocketResult, Action?)> EpollWaitAsync(CallAction call)
    {
        CheckCount(call, 4, 4);
        var set = Descriptor(call).Epoll ?? throw new ScriptException(_position, "this descriptor was not made by epoll_create");
        var timeout = Evaluate(Argument(call, 3));
        var told = new List<(EpollEntry Entry, long Events)>();
        var result = await WaitAsync(timeout, () =>
        {
            told.Clear();
            foreach (var (number, entry) in set)
            {
                if (!_descriptors.TryGetValue(number, out var descriptor))
                {
                    continue;
                }

                var ready = Ready(descriptor, entry.Events & EventBits);
                var arrived = descriptor.Read + Math.Max(0, sockets.Queued(descriptor.Live, outgoing: false).Value);
                var isEdge = (ready & ~entry.Told) != 0 || ((ready & (long)ScriptPollEvents.Readable) != 0 && arrived > entry.Arrived);
                entry.Arrived = arrived;
                if (ready != 0 && ((entry.Events & EdgeTriggered) == 0 || isEdge))
                {
                    told.Add((entry, ready));
                }

                entry.Told = ready;
            }

            return told.Count;
        }).ConfigureAwait(true);
        return (result, () =>
        {
            if (told.Count == 0 || Argument(call, 1) is not StructExpression expected || expected["events"] is not { } events)
            {
                return;
            }

            var first = told[0];
            if (first.Events != Evaluate(events) || (expected.Fields.Count > 1 && Evaluate(expected.Fields[1].Value) != Evaluate(first.Entry.Data)))
            {
                throw new ScriptException(_position, $"epoll_wait told {Names(first.Events)}, expected {Names(Evaluate(events))}");
            }
        });
    }
}
