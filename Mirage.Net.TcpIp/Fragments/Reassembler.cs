using System.Runtime.InteropServices;

namespace Mirage.Net.TcpIp;

/// <summary>
/// Puts datagrams together from their fragments, for either family. What overlaps or contradicts itself is refused as a whole (RFC 5722 §4; on IPv4, where
/// RFC 791 lets the later win, too: no sender makes such fragments, and attacks on filters do). Memory follows what was received. Beyond its bounds the datagram that has waited longest makes
/// room: first among those of a source that holds more than its share, so that one cannot push out the others'.
/// </summary>
/// <param name="buffers">Where buffers come from.</param>
/// <param name="limits">The bounds.</param>
/// <param name="lifetime">How long after its first fragment a datagram is given up.</param>
/// <param name="uncounted">How many bytes of a header the length field does not count: 0 on IPv4, 40 on IPv6.</param>
internal sealed class Reassembler(BufferPool buffers, StackLimits limits, TimeSpan lifetime, int uncounted)
{
    private const int MaxLength = ushort.MaxValue;

    /// <summary>A source may hold a fourth of everything.</summary>
    private const int Shares = 4;

    private readonly Dictionary<FragmentKey, LinkedListNode<PartialDatagram>> _byKey = [];

    // In the order in which they began, which is the order in which they end.
    private readonly LinkedList<PartialDatagram> _all = new();
    private readonly Dictionary<IpAddress, Share> _shares = [];
    private readonly Stack<LinkedListNode<PartialDatagram>> _free = new();
    private long _held;
    private FragmentCounters _counters;

    public FragmentCounters Counters => _counters with { Waiting = _all.Count, Held = _held };

    /// <summary>When the next datagram is given up.</summary>
    public Instant Due => _all.First?.Value.ExpiresAt ?? Instant.Never;

    /// <summary>Takes a fragment.</summary>
    /// <param name="key">Of which datagram.</param>
    /// <param name="place">Where it belongs.</param>
    /// <param name="header">What comes before the payload in this packet; the first fragment's becomes the datagram's.</param>
    /// <param name="payload">What is to be put together.</param>
    /// <param name="now">The present.</param>
    /// <param name="datagram">The whole, if it is complete: the caller gives its buffer back to the pool.</param>
    /// <returns>What became of it.</returns>
    public FragmentStatus Add(in FragmentKey key, in FragmentPlace place, ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload, Instant now, out ReassembledDatagram datagram)
    {
        datagram = default;
        var status = Check(place, header, payload);
        if (status == FragmentStatus.Kept)
        {
            status = Keep(key, place, header, payload, now, ref datagram);
        }

        Count(status);
        return status;
    }

    /// <summary>Takes the datagram that is to be given up next, if its time is over.</summary>
    /// <param name="now">The present.</param>
    /// <param name="expired">The datagram; to be given to <see cref="Forget"/> next.</param>
    /// <returns>Whether there was one.</returns>
    public bool TryExpire(Instant now, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out LinkedListNode<PartialDatagram>? expired)
    {
        expired = Due <= now ? _all.First : null;
        if (expired is { Value.IsRefused: false })
        {
            _counters = _counters with { TimedOut = _counters.TimedOut + 1 };
        }

        return expired is not null;
    }

    /// <summary>Gives a datagram up.</summary>
    public void Forget(LinkedListNode<PartialDatagram> node)
    {
        _all.Remove(node);
        _ = _byKey.Remove(node.Value.Key);
        Charge(node.Value.Key.Source, -node.Value.Held, -1);
        node.Value.Clear(buffers);
        _free.Push(node);
    }

    /// <summary>The device is gone: gives all up.</summary>
    public void End()
    {
        while (_all.First is { } node)
        {
            Forget(node);
        }
    }

    /// <summary>Counts a datagram that was cut on sending.</summary>
    public void CountSent(int fragments, bool isWhole)
        => _counters = _counters with
        {
            Fragmented = _counters.Fragmented + 1,
            Sent = _counters.Sent + fragments,
            SendFailed = _counters.SendFailed + (isWhole ? 0 : 1),
        };

    private FragmentStatus Check(in FragmentPlace place, ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload)
        => payload.IsEmpty || (!place.IsLast && payload.Length % 8 != 0) ? FragmentStatus.BadLength
            : header.Length - uncounted + place.Offset + payload.Length > MaxLength ? FragmentStatus.BadEnd
            : FragmentStatus.Kept;

    private FragmentStatus Keep(
        in FragmentKey key, in FragmentPlace place, ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload, Instant now, ref ReassembledDatagram datagram)
    {
        if (!_byKey.TryGetValue(key, out var node))
        {
            node = Begin(key, now);
        }

        var partial = node.Value;
        if (partial.IsRefused || partial.Count >= limits.MaxFragmentsPerDatagram || !MakeRoom(node, partial.Growth(header.Length + payload.Length)))
        {
            return FragmentStatus.Dropped;
        }

        var held = partial.Held;
        var status = partial.Add(place, header, payload, buffers);
        Charge(key.Source, partial.Held - held, 0);
        if (status == FragmentStatus.Complete)
        {
            status = Finish(node, ref datagram);
        }

        return status;
    }

    private FragmentStatus Finish(LinkedListNode<PartialDatagram> node, ref ReassembledDatagram datagram)
    {
        var partial = node.Value;
        var fits = partial.Length - uncounted <= MaxLength;
        if (fits)
        {
            var buffer = buffers.Rent(partial.Length);
            partial.CopyTo(buffer);
            datagram = new ReassembledDatagram(buffer, partial.HeaderLength, partial.Length, partial.IsCongested);
        }

        Forget(node);
        return fits ? FragmentStatus.Complete : FragmentStatus.BadEnd;
    }

    private LinkedListNode<PartialDatagram> Begin(in FragmentKey key, Instant now)
    {
        // The number of datagrams is shared as their bytes are.
        if (_shares.TryGetValue(key.Source, out var share) && share.Datagrams >= Math.Max(1, limits.MaxReassemblies / Shares))
        {
            Evict(OldestOf(key.Source, except: null)!);
        }
        else if (_all.Count >= limits.MaxReassemblies)
        {
            Evict(_all.First!);
        }

        var node = _free.TryPop(out var free) ? free : new LinkedListNode<PartialDatagram>(new PartialDatagram());
        node.Value.Start(key, now + lifetime);
        _all.AddLast(node);
        _byKey.Add(key, node);
        Charge(key.Source, node.Value.Held, 1);
        return node;
    }

    /// <summary>Gives others up until there is room for some more bytes of one.</summary>
    private bool MakeRoom(LinkedListNode<PartialDatagram> node, long growth)
    {
        var source = node.Value.Key.Source;
        while (_shares[source].Bytes + growth > limits.MaxReassemblyBytes / Shares)
        {
            if (OldestOf(source, node) is not { } own)
            {
                return false;
            }

            Evict(own);
        }

        while (_held + growth > limits.MaxReassemblyBytes)
        {
            var oldest = _all.First == node ? node.Next : _all.First;
            if (oldest is null)
            {
                return false;
            }

            Evict(oldest);
        }

        return true;
    }

    private LinkedListNode<PartialDatagram>? OldestOf(in IpAddress source, LinkedListNode<PartialDatagram>? except)
    {
        var node = _all.First;
        while (node is not null && (node == except || node.Value.Key.Source != source))
        {
            node = node.Next;
        }

        return node;
    }

    private void Evict(LinkedListNode<PartialDatagram> node)
    {
        _counters = _counters with { Evicted = _counters.Evicted + 1 };
        Forget(node);
    }

    private void Charge(in IpAddress source, long bytes, int datagrams)
    {
        _held += bytes;
        ref var share = ref CollectionsMarshal.GetValueRefOrAddDefault(_shares, source, out _);
        share = new Share(share.Bytes + bytes, share.Datagrams + datagrams);
        if (share.Datagrams == 0)
        {
            _ = _shares.Remove(source);
        }
    }

    private void Count(FragmentStatus status)
    {
        _counters = _counters with { Received = _counters.Received + 1 };
        _counters = status switch
        {
            FragmentStatus.Complete => _counters with { Reassembled = _counters.Reassembled + 1 },
            FragmentStatus.Duplicate => _counters with { Duplicates = _counters.Duplicates + 1 },
            FragmentStatus.Refused => _counters with { Overlapping = _counters.Overlapping + 1 },
            FragmentStatus.BadLength => _counters with { Malformed = _counters.Malformed + 1 },
            FragmentStatus.BadEnd => _counters with { TooLong = _counters.TooLong + 1 },
            FragmentStatus.Dropped => _counters with { Dropped = _counters.Dropped + 1 },
            _ => _counters,
        };
    }

    private readonly record struct Share(long Bytes, int Datagrams);
}
