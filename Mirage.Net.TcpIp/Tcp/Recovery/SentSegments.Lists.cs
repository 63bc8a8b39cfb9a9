namespace Mirage.Net.TcpIp;

/// <summary>How segments are linked, and what changes many of them at once, which happens at a time-out or an undo only.</summary>
internal partial struct SentSegments
{
    /// <summary>RFC 2018 §8: the peer says that it has the first one and does not acknowledge it. It has thrown away what it had; all of it is under way as far as anyone knows.</summary>
    /// <returns>Whether it was so.</returns>
    public bool ForgetReneged()
    {
        if (_flightCount == 0 || this[_first].State != SentState.Sacked)
        {
            return false;
        }

        Sacked = SackedCount = 0;
        Rebuild(SentState.Sacked, SentState.InFlight);
        return true;
    }

    /// <summary>Everything that the peer does not have is lost.</summary>
    public void LoseAll() => Rebuild(SentState.InFlight, SentState.Lost);

    /// <summary>Nothing is lost after all.</summary>
    public void LoseNone() => Rebuild(SentState.Lost, SentState.InFlight);

    /// <summary>Puts those that are lost in the order of their sequence numbers.</summary>
    public void OrderLost()
    {
        _lost.Count = 0;
        for (var index = _first; index != End; index++)
        {
            if (this[index].State == SentState.Lost)
            {
                Append(ref _lost, index);
            }
        }
    }

    /// <summary>Moves all of one state to another, and links both lists anew: those in flight in the order in which they were sent, those lost in that of sequence numbers.</summary>
    private void Rebuild(SentState from, SentState to)
    {
        _inFlight.Count = _lost.Count = 0;
        Lost = 0;
        for (var index = _first; index != End; index++)
        {
            ref var segment = ref this[index];
            segment.State = segment.State == from ? to : segment.State;
            if (segment.State == SentState.InFlight)
            {
                Append(ref _inFlight, index);
            }
            else if (segment.State == SentState.Lost)
            {
                Lost += segment.End - StartOf(index);
                Append(ref _lost, index);
            }
        }

        OrderInFlight();
    }

    /// <summary>
    /// Puts those in flight in the order in which they were sent, which RACK relies on (RFC 8985 §6.2 step 5), by merging runs that have it, two at a time. What was sent
    /// once only has it already.
    /// </summary>
    private void OrderInFlight()
    {
        for (var runs = 2; runs > 1;)
        {
            var old = _inFlight;
            _inFlight.Count = runs = 0;
            var index = old.Head;
            while (old.Count > 0)
            {
                var (first, length) = TakeRun(ref index, ref old.Count);
                var (second, secondLength) = TakeRun(ref index, ref old.Count);
                Merge(first, length, second, secondLength);
                runs++;
            }
        }
    }

    /// <summary>Takes those from the beginning of what is left of a list that are in order.</summary>
    private readonly (uint First, int Length) TakeRun(ref uint index, ref int left)
    {
        var (first, length) = (index, 0);
        for (var last = index; left > 0 && (length == 0 || !IsSentAfter(last, index)); length++, left--)
        {
            last = index;
            index = this[index].Next;
        }

        return (first, length);
    }

    private void Merge(uint first, int length, uint second, int secondLength)
    {
        while (length + secondLength > 0)
        {
            if (secondLength == 0 || (length > 0 && !IsSentAfter(first, second)))
            {
                (var next, length) = (this[first].Next, length - 1);
                Append(ref _inFlight, first);
                first = next;
            }
            else
            {
                (var next, secondLength) = (this[second].Next, secondLength - 1);
                Append(ref _inFlight, second);
                second = next;
            }
        }
    }

    private readonly bool IsSentAfter(uint index, uint other)
        => Rack.IsSentAfter(this[index].SentAt, this[index].End, this[other].SentAt, this[other].End);

    /// <summary>Joins one that the peer has with its neighbours that it has. A link to the end of a run may be out of date, and then leads to a place inside it.</summary>
    private readonly void Join(uint index)
    {
        var (first, last) = (index, index);
        if (index != _first && this[index - 1].State == SentState.Sacked)
        {
            first = this[index - 1].Previous;
            first = (int)(first - _first) < 0 ? _first : first;
        }

        if (index + 1 != End && this[index + 1].State == SentState.Sacked)
        {
            last = this[index + 1].Next;
        }

        this[index].Previous = first;
        this[index].Next = last;
        this[first].Next = last;
        this[last].Previous = first;
    }

    /// <summary>
    /// The last of the run that one is in which the peer has. Whatever is on the way is linked to it, so that blocks which begin inside a run, as only a peer with bad intentions
    /// sends them, cost no more than others in the long run (path compression).
    /// </summary>
    private readonly uint EndOfRun(uint index)
    {
        var last = index;
        while (true)
        {
            var next = this[last].Next;
            if (next == last)
            {
                next++;
                if (next == End || this[next].State != SentState.Sacked)
                {
                    break;
                }
            }

            last = next;
        }

        while (index != last)
        {
            var next = this[index].Next;
            this[index].Next = last;
            index = next == index ? index + 1 : next;
        }

        return last;
    }

    private readonly void Append(ref SegmentList list, uint index)
    {
        if (list.Count++ == 0)
        {
            list.Head = index;
        }
        else
        {
            this[list.Tail].Next = index;
            this[index].Previous = list.Tail;
        }

        list.Tail = index;
    }

    private readonly void Prepend(ref SegmentList list, uint index)
    {
        this[index].Next = list.Head;
        this[list.Head].Previous = index;
        list.Head = index;
        list.Count++;
    }

    private readonly void Remove(ref SegmentList list, uint index)
    {
        ref var segment = ref this[index];
        if (index == list.Head)
        {
            list.Head = segment.Next;
        }
        else
        {
            this[segment.Previous].Next = segment.Next;
        }

        if (index == list.Tail)
        {
            list.Tail = segment.Previous;
        }
        else
        {
            this[segment.Next].Previous = segment.Previous;
        }

        list.Count--;
    }
}
