using FsCheck;
using FsCheck.Fluent;

namespace Mirage.Net.TcpIp.Tests.Network;

/// <summary>Datagrams from fragments, for either family (RFC 791 §3.2, RFC 8200 §4.5, RFC 5722).</summary>
public class ReassemblerTests
{
    private static readonly byte[] Header = [.. Enumerable.Range(0, 20).Select(i => (byte)(200 + i))];
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(30);
    private static readonly Instant Start = new(0);

    private readonly BufferPool _buffers = new();

    [Fact]
    public void Every_order_of_up_to_six_fragments_gives_the_datagram()
    {
        var reassembler = New();
        uint identification = 0;
        for (var count = 2; count <= 6; count++)
        {
            var payload = Bytes((count * 16) - 5);
            foreach (var order in Permutations([.. Enumerable.Range(0, count)]))
            {
                identification++;
                for (var i = 0; i < count; i++)
                {
                    var status = Add(reassembler, payload, order[i] * 16, 16, out var datagram, identification);
                    Assert.Equal(i < count - 1 ? FragmentStatus.Kept : FragmentStatus.Complete, status);
                    if (status == FragmentStatus.Complete)
                    {
                        Assert.Equal([.. Header, .. payload], Take(datagram));
                    }
                }
            }
        }

        Assert.Equal((2L + 6 + 24 + 120 + 720, 0L), (reassembler.Counters.Reassembled, _buffers.Lent));
    }

    [Fact]
    public void A_hole_gives_nothing()
    {
        var payload = Bytes(16 * 6);
        for (var hole = 0; hole < 6; hole++)
        {
            var reassembler = New();
            for (var i = 0; i < 6; i++)
            {
                if (i != hole)
                {
                    Assert.Equal(FragmentStatus.Kept, Add(reassembler, payload, i * 16, 16, out _));
                }
            }

            Assert.Equal(1, reassembler.Counters.Waiting);
        }
    }

    [Theory]

    // Within, before, behind, around, equal with other bytes; then ends that contradict each other.
    [InlineData(24, 8, true)]
    [InlineData(8, 16, true)]
    [InlineData(40, 16, true)]
    [InlineData(0, 64, true)]
    [InlineData(16, 32, true, true)]
    [InlineData(32, 8, false)]
    [InlineData(16, 8, false)]
    public void RFC_5722_section_4_an_overlap_refuses_the_datagram_with_all_that_follows(int offset, int length, bool more, bool changed = false)
    {
        var reassembler = New();
        var payload = Bytes(96);
        Assert.Equal(FragmentStatus.Kept, Add(reassembler, payload, 16, 32, out _));
        var other = changed ? [.. payload.Select(b => (byte)~b)] : payload;
        Assert.Equal(FragmentStatus.Refused, reassembler.Add(Key(1), new(offset, !more, 0), Header, other.AsSpan(offset, length), Start, out _));
        Assert.Equal((1L, 0L), (reassembler.Counters.Overlapping, _buffers.Lent));
        Assert.Equal(FragmentStatus.Dropped, Add(reassembler, payload, 0, 16, out _));
        Assert.Equal(FragmentStatus.Dropped, Add(reassembler, payload, 16, 32, out _));
        Assert.Equal(FragmentStatus.Dropped, Add(reassembler, payload, 48, 48, out _));

        // Until its time is over.
        Expire(reassembler, Start + Lifetime);
        Assert.Equal(FragmentStatus.Kept, Add(reassembler, payload, 0, 48, out _, now: Start + Lifetime));
        Assert.Equal(FragmentStatus.Complete, Add(reassembler, payload, 48, 48, out var datagram, now: Start + Lifetime));
        Assert.Equal([.. Header, .. payload], Take(datagram));
    }

    [Fact]
    public void A_fragment_that_ends_the_datagram_elsewhere_refuses_it()
    {
        var reassembler = New();
        var payload = Bytes(96);
        Assert.Equal(FragmentStatus.Kept, Add(reassembler, payload, 80, 16, out _));
        Assert.Equal(FragmentStatus.Refused, reassembler.Add(Key(1), new(96, true, 0), Header, payload.AsSpan(0, 8), Start, out _));
        Assert.Equal(FragmentStatus.Kept, Add(reassembler, payload, 80, 16, out _, 2));
        Assert.Equal(FragmentStatus.Refused, reassembler.Add(Key(2), new(32, true, 0), Header, payload.AsSpan(0, 8), Start, out _));
        Assert.Equal(FragmentStatus.Kept, Add(reassembler, payload, 80, 16, out _, 3));
        Assert.Equal(FragmentStatus.Refused, reassembler.Add(Key(3), new(96, false, 0), Header, payload.AsSpan(0, 8), Start, out _));
    }

    [Fact]
    public void Exact_duplicates_do_no_harm()
    {
        // RFC 8200 §4.5.
        var reassembler = New();
        var payload = Bytes(50);
        foreach (var offset in new[] { 32, 0, 32, 0, 0 })
        {
            _ = Add(reassembler, payload, offset, 16, out _);
        }

        Assert.Equal(FragmentStatus.Kept, Add(reassembler, payload, 48, 2, out _));
        Assert.Equal(FragmentStatus.Duplicate, Add(reassembler, payload, 48, 2, out _));
        Assert.Equal(FragmentStatus.Complete, Add(reassembler, payload, 16, 16, out var datagram));
        Assert.Equal([.. Header, .. payload], Take(datagram));
        Assert.Equal(4, reassembler.Counters.Duplicates);
    }

    [Fact]
    public void Datagrams_of_other_flows_are_not_mixed()
    {
        var reassembler = New();
        var first = Bytes(32);
        var other = first.Select(b => (byte)~b).ToArray();
        FragmentKey[] keys =
        [
            Key(1), Key(2), Key(1) with { Source = new Ipv4Address(10, 0, 0, 3) }, Key(1) with { Destination = new Ipv4Address(10, 0, 0, 3) }, Key(1) with { Protocol = IpProtocol.Icmp },
        ];
        foreach (var key in keys)
        {
            Assert.Equal(FragmentStatus.Kept, reassembler.Add(key, new(0, false, 0), Header, (key == keys[0] ? first : other).AsSpan(0, 16), Start, out _));
        }

        Assert.Equal(FragmentStatus.Complete, reassembler.Add(keys[0], new(16, true, 0), Header, first.AsSpan(16), Start, out var datagram));
        Assert.Equal([.. Header, .. first], Take(datagram));
        Assert.Equal(4, reassembler.Counters.Waiting);
    }

    [Fact]
    public void RFC_1122_section_3_3_2_what_is_not_complete_in_time_is_given_up()
    {
        var reassembler = New();
        var payload = Bytes(48);
        _ = Add(reassembler, payload, 16, 16, out _);
        _ = Add(reassembler, payload, 0, 16, out _, 2, Start + TimeSpan.FromSeconds(1));
        Assert.Equal(Start + Lifetime, reassembler.Due);

        // Later fragments do not make it live longer.
        _ = Add(reassembler, payload, 0, 16, out _, now: Start + TimeSpan.FromSeconds(29));
        Assert.False(reassembler.TryExpire(Start + TimeSpan.FromSeconds(29.9), out _));
        Assert.True(reassembler.TryExpire(Start + Lifetime, out var expired));
        Assert.Equal([.. Header, .. payload[..16]], expired.Value.First.ToArray());
        reassembler.Forget(expired);
        Assert.False(reassembler.TryExpire(Start + Lifetime, out _));
        Expire(reassembler, Start + TimeSpan.FromSeconds(31));
        Assert.Equal((2L, 0, 0L, 0L, Instant.Never), (reassembler.Counters.TimedOut, reassembler.Counters.Waiting, reassembler.Counters.Held, _buffers.Lent, reassembler.Due));
    }

    [Fact]
    public void The_largest_datagram_in_the_most_fragments()
    {
        var reassembler = New(new StackLimits { MaxFragmentsPerDatagram = 9000 });
        var payload = Bytes(65_515);
        for (var offset = 65_512; offset > 0; offset -= 8)
        {
            Assert.Equal(FragmentStatus.Kept, Add(reassembler, payload, offset, 8, out _));
        }

        Assert.Equal(FragmentStatus.Complete, Add(reassembler, payload, 0, 8, out var datagram));
        Assert.Equal([.. Header, .. payload], Take(datagram));
    }

    [Fact]
    public void A_large_datagram_after_another_allocates_nothing()
    {
        var reassembler = New(new StackLimits());
        var payload = Bytes(60_000);
        Reassemble(1);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Reassemble(2);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Reassemble(uint identification)
        {
            var status = FragmentStatus.Kept;
            for (var offset = 0; offset < payload.Length; offset += 1480)
            {
                Assert.True(status == FragmentStatus.Kept);
                status = Add(reassembler, payload, offset, 1480, out var datagram, identification);
                if (status == FragmentStatus.Complete)
                {
                    _buffers.Return(datagram.Buffer);
                }
            }

            Assert.True(status == FragmentStatus.Complete);
        }
    }

    [Fact]
    public void One_fragment_too_many_drops_it()
    {
        var reassembler = New(new StackLimits { MaxFragmentsPerDatagram = 4 });
        var payload = Bytes(40);
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(FragmentStatus.Kept, Add(reassembler, payload, i * 8, 8, out _));
        }

        Assert.Equal(FragmentStatus.Dropped, Add(reassembler, payload, 32, 8, out _));
        Assert.Equal(1, reassembler.Counters.Dropped);
    }

    [Fact]
    public void A_datagram_beyond_65535_bytes_is_refused()
    {
        // The "ping of death" (CERT CA-1996-26).
        var reassembler = New();
        Assert.Equal(FragmentStatus.BadEnd, reassembler.Add(Key(1), new(65_528, true, 0), Header, Bytes(8), Start, out _));
        Assert.Equal(FragmentStatus.Kept, reassembler.Add(Key(1), new(65_504, true, 0), Header, Bytes(11), Start, out _));

        // The first fragment's header may be longer than the others'.
        Assert.Equal(FragmentStatus.Kept, reassembler.Add(Key(2), new(32, true, 0), Header, Bytes(65_480), Start, out _));
        Assert.Equal(FragmentStatus.BadEnd, reassembler.Add(Key(2), new(0, false, 0), new byte[60], Bytes(32), Start, out _));
        Assert.Equal(2, reassembler.Counters.TooLong);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(0, false)]
    [InlineData(7, false)]
    [InlineData(20, false)]
    public void Impossible_lengths_are_refused(int length, bool isLast)
    {
        var reassembler = New();
        Assert.Equal(FragmentStatus.BadLength, reassembler.Add(Key(1), new(8, isLast, 0), Header, Bytes(length), Start, out _));
        Assert.Equal((1L, 0), (reassembler.Counters.Malformed, reassembler.Counters.Waiting));
    }

    [Theory]
    [InlineData(2, 2, FragmentStatus.Complete, false)]
    [InlineData(2, 3, FragmentStatus.Complete, true)]
    [InlineData(3, 1, FragmentStatus.Complete, true)]
    [InlineData(0, 0, FragmentStatus.Complete, false)]
    [InlineData(0, 3, FragmentStatus.Refused, false)]
    public void RFC_3168_section_5_3_congestion_is_kept(byte first, byte second, object status, bool isCongested)
    {
        var reassembler = New();
        _ = reassembler.Add(Key(1), new(0, false, first), Header, Bytes(8), Start, out _);
        Assert.Equal(status, reassembler.Add(Key(1), new(8, true, second), Header, Bytes(8), Start, out var datagram));
        Assert.Equal(isCongested, datagram.IsCongested);
    }

    [Fact]
    public void Memory_follows_what_was_received()
    {
        var reassembler = New();
        for (uint i = 0; i < 100; i++)
        {
            // Eight bytes that claim to be at the end of the largest datagram.
            _ = reassembler.Add(Key(i), new(65_504, true, 0), Header, Bytes(8), Start, out _);
        }

        Assert.InRange(_buffers.Lent, 1, 100 * 512);
    }

    [Fact]
    public void Datagrams_are_bounded_in_number_and_one_source_has_a_fourth()
    {
        var reassembler = New(new StackLimits { MaxReassemblies = 16 });
        for (byte source = 1; source <= 10; source++)
        {
            for (uint i = 0; i < 10; i++)
            {
                Assert.Equal(FragmentStatus.Kept, reassembler.Add(KeyOf(source, i), new(0, false, 0), Header, Bytes(8), Start, out _));
                Assert.True(reassembler.Counters.Waiting <= Math.Min(16, source * 4));
            }
        }

        Assert.Equal(100 - 16, reassembler.Counters.Evicted);

        // Another's flood leaves those of a quiet source.
        Assert.Equal(FragmentStatus.Kept, reassembler.Add(KeyOf(11, 1), new(0, false, 0), Header, Bytes(8), Start, out _));
        for (uint i = 0; i < 100; i++)
        {
            _ = reassembler.Add(KeyOf(10, 100 + i), new(0, false, 0), Header, Bytes(8), Start, out _);
        }

        Assert.Equal(FragmentStatus.Complete, reassembler.Add(KeyOf(11, 1), new(8, true, 0), Header, Bytes(8), Start, out _));
    }

    [Fact]
    public void Bytes_are_bounded_and_one_source_has_a_fourth()
    {
        const long Most = 64 << 10;
        var reassembler = New(new StackLimits { MaxReassemblyBytes = Most });
        for (byte source = 1; source <= 10; source++)
        {
            for (uint i = 0; i < 10; i++)
            {
                for (var offset = 8; offset < 6000; offset += 1000)
                {
                    _ = reassembler.Add(KeyOf(source, i), new(offset, false, 0), Header, Bytes(1000), Start, out _);
                    Assert.InRange(reassembler.Counters.Held, 1, Math.Min(Most, source * Most / 4));
                    Assert.InRange(_buffers.Lent, 1, Most);
                }
            }
        }

        // One that alone is more than a source may hold.
        var alone = New(new StackLimits { MaxReassemblyBytes = Most });
        for (var offset = 0; offset < 60_000; offset += 1000)
        {
            _ = alone.Add(Key(1), new(offset, false, 0), Header, Bytes(1000), Start, out _);
        }

        Assert.InRange(alone.Counters.Held, 1, Most / 4);
        Assert.True(alone.Counters.Dropped > 0);
    }

    [Fact]
    public void Any_cut_in_any_order_gives_the_datagram() => Prop.ForAll(
        ArbMap.Default.GeneratorFor<int>().Select(seed => new Random(seed)).ToArbitrary(),
        random =>
        {
            var payload = Bytes(random.Next(9, 4000));
            var cuts = new List<(int Offset, int Length)>();
            for (var offset = 0; offset < payload.Length;)
            {
                var length = Math.Min(random.Next(1, 30) * 8, payload.Length - offset);
                cuts.Add((offset, length));
                offset += length;
            }

            if (cuts.Count == 1)
            {
                return true;
            }

            // Some come twice.
            var order = cuts.Concat(cuts.Where(_ => random.Next(4) == 0)).OrderBy(_ => random.Next()).ToArray();
            var reassembler = New();
            byte[]? got = null;
            foreach (var (offset, length) in order)
            {
                if (got is null && Add(reassembler, payload, offset, length, out var datagram) == FragmentStatus.Complete)
                {
                    got = Take(datagram);
                }
            }

            return got is not null && got.AsSpan(Header.Length).SequenceEqual(payload) && _buffers.Lent == 0;
        }).QuickCheckThrowOnFailure();

    private Reassembler New(StackLimits? limits = null) => new(_buffers, limits ?? new StackLimits(), Lifetime, uncounted: 0);

    private static FragmentKey Key(uint identification) => KeyOf(1, identification);

    private static FragmentKey KeyOf(byte source, uint identification)
        => new(new Ipv4Address(10, 0, 1, source), new Ipv4Address(10, 0, 0, 2), IpProtocol.Udp, identification);

    private static byte[] Bytes(int count) => [.. Enumerable.Range(0, count).Select(i => (byte)(i * 7))];

    private static FragmentStatus Add(
        Reassembler reassembler, byte[] payload, int offset, int length, out ReassembledDatagram datagram, uint identification = 1, Instant? now = null)
    {
        length = Math.Min(length, payload.Length - offset);
        return reassembler.Add(
            Key(identification), new(offset, offset + length == payload.Length, 0), Header, payload.AsSpan(offset, length), now ?? Start, out datagram);
    }

    private byte[] Take(ReassembledDatagram datagram)
    {
        Assert.Equal(Header.Length, datagram.HeaderLength);
        var bytes = datagram.Buffer.AsSpan(0, datagram.Length).ToArray();
        _buffers.Return(datagram.Buffer);
        return bytes;
    }

    private static void Expire(Reassembler reassembler, Instant now)
    {
        while (reassembler.TryExpire(now, out var expired))
        {
            reassembler.Forget(expired);
        }
    }

    private static IEnumerable<int[]> Permutations(int[] items)
        => items.Length <= 1
            ? [items]
            : items.SelectMany(first => Permutations([.. items.Where(i => i != first)]).Select(rest => (int[])[first, .. rest]));
}
