using FsCheck;
using FsCheck.Fluent;
using Mirage.Net.TcpIp.Tests.Wire;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Tcp;

/// <summary>Runs, receive buffer and timer wheel against models that are too simple to be wrong.</summary>
public class SequenceStructuresTests
{
    private const int Span = 200;

    private static readonly BufferPool _pool = new();

    private static readonly Gen<uint> Base = Gen.Elements(0u, 1000u, 0x7fff_ff80u, 0xffff_ff80u);

    private static readonly Gen<(int Start, int Length)[]> Ranges =
        (from start in Gen.Choose(1, Span - 30) from length in Gen.Choose(1, 25) select (start, length)).ArrayOf().Resize(40);

    [Fact]
    public void Runs_hold_what_was_added_in_order_and_never_touch()
        => WireGen.Check(Base.SelectMany(b => Ranges.SelectMany(r => Gen.Choose(2, 30).Select(max => (b, r, max)))), input =>
        {
            var (origin, ranges, max) = input;
            var runs = default(SequenceRuns);
            var model = new bool[Span + 1];
            foreach (var (start, length) in ranges)
            {
                if (runs.Add(_pool, new(origin + (uint)start), new(origin + (uint)(start + length)), max))
                {
                    model.AsSpan(start, length).Fill(true);
                }
                else
                {
                    Assert.True(runs.Count >= max);
                }

                AssertSame(runs, model, origin);
            }
        });

    [Fact]
    public void Runs_are_taken_from_the_front()
        => WireGen.Check(Base.SelectMany(b => Ranges.SelectMany(r => Gen.Choose(0, Span).Select(at => (b, r, at)))), input =>
        {
            var (origin, ranges, at) = input;
            var (taken, forgotten) = (default(SequenceRuns), default(SequenceRuns));
            var model = new bool[Span + 1];
            foreach (var (start, length) in ranges)
            {
                _ = taken.Add(_pool, new(origin + (uint)start), new(origin + (uint)(start + length)), int.MaxValue);
                _ = forgotten.Add(_pool, new(origin + (uint)start), new(origin + (uint)(start + length)), int.MaxValue);
                model.AsSpan(start, length).Fill(true);
            }

            forgotten.RemoveBefore(_pool, new(origin + (uint)at));
            var rest = (bool[])model.Clone();
            rest.AsSpan(0, at).Clear();
            AssertSame(forgotten, rest, origin);

            // What a run begins before it, or at it, is joined.
            var end = at;
            for (var more = true; more;)
            {
                more = false;
                for (var i = 0; i <= end && i < Span; i++)
                {
                    if (model[i] && model[..(end + 1)].Skip(i).All(x => x) && model[end])
                    {
                        end++;
                        more = true;
                        break;
                    }
                }
            }

            Assert.Equal(origin + (uint)end, taken.TakeFrom(_pool, new(origin + (uint)at)).Value);
            model.AsSpan(0, end).Clear();
            AssertSame(taken, model, origin);
        });

    [Theory]
    [InlineData(100u)]
    [InlineData(0x7fff_fffdu)]
    [InlineData(0xffff_fffdu)]
    public void Six_segments_come_out_right_in_whatever_order_they_arrive(uint first)
    {
        foreach (var order in Permutations([0, 1, 2, 3, 4, 5]))
        {
            var pool = new BufferPool();
            var buffer = default(ReceiveBuffer);
            var next = new SequenceNumber(first);
            foreach (var index in order)
            {
                var sequence = new SequenceNumber(first + (uint)(index * 100));
                var data = Peer.Bytes(100, index * 100);
                if (sequence == next)
                {
                    next = buffer.Append(pool, next, data);
                }
                else
                {
                    Assert.True(buffer.Insert(pool, next, sequence, data, 10));
                }
            }

            Assert.Equal(600, buffer.Length);
            var read = new byte[600];
            Assert.Equal(600, buffer.Read(pool, read));
            Assert.Equal(Peer.Bytes(600), read);
            Assert.Equal(0, pool.Lent);
        }
    }

    [Fact]
    public void The_receive_buffer_keeps_bytes_in_their_place_while_it_grows_and_is_read()
        => WireGen.Check(Gen.Choose(0, int.MaxValue - 1).SelectMany(seed => Base.Select(b => (seed, b))), input =>
        {
            var random = new Random(input.seed);
            var pool = new BufferPool();
            var buffer = default(ReceiveBuffer);
            var all = Peer.Bytes(6000);
            var (next, read) = (0, 0);
            SequenceNumber At(int position) => new(input.b + (uint)position);
            while (read < all.Length)
            {
                // Any piece within the next 2000 bytes.
                var start = Math.Min(all.Length, Math.Max(next, next + random.Next(-500, 1500)));
                var piece = all[start..Math.Min(all.Length, start + random.Next(1, 500))];
                if (piece.Length > 0 && start == next)
                {
                    next = buffer.Append(pool, At(next), piece) - At(0);
                }
                else if (piece.Length > 0)
                {
                    _ = buffer.Insert(pool, At(next), At(start), piece, 5);
                }

                Assert.Equal(next - read, buffer.Length);
                var chunk = new byte[random.Next(0, 600)];
                var count = buffer.Read(pool, chunk);
                Assert.Equal(all[read..(read + count)], chunk[..count]);
                read += count;
            }

            Assert.Equal(0, pool.Lent);
        });

    [Fact]
    public void The_wheel_gives_each_timer_at_its_tick_and_says_when_to_come()
        => WireGen.Check(Gen.Choose(0, int.MaxValue - 1), seed =>
        {
            var random = new Random(seed);
            var wheel = new TimerWheel();
            var now = random.NextInt64(0, 1L << 40);
            wheel.Start(new(now * 1_000_000));
            var nodes = Enumerable.Range(0, 20).Select(_ => new Node()).ToArray();
            var due = new Dictionary<WheelNode, long>();
            for (var step = 0; step < 300; step++)
            {
                var node = nodes[random.Next(nodes.Length)];
                switch (random.Next(3))
                {
                    case 0:
                        // From at once to some months, in milliseconds.
                        due[node] = now + random.NextInt64(0, 1L << random.Next(1, 34));
                        wheel.Set(node, new(due[node] * 1_000_000));
                        break;
                    case 1:
                        _ = due.Remove(node);
                        wheel.Cancel(node);
                        break;
                    default:
                        // To the time that it names, or past it.
                        var next = wheel.Next;
                        Assert.Equal(due.Count == 0, next.IsNever);
                        if (due.Count > 0)
                        {
                            Assert.True(next.Nanoseconds <= Math.Max(now, due.Values.Min()) * 1_000_000);
                            now = random.Next(2) == 0 ? Math.Max(now, next.Nanoseconds / 1_000_000) : now + random.NextInt64(0, 1L << random.Next(1, 34));
                        }

                        while (wheel.TakeDue(new(now * 1_000_000)) is { } taken)
                        {
                            Assert.True(due.Remove(taken, out var at) && at <= now);
                        }

                        Assert.All(due.Values, at => Assert.True(at > now));
                        break;
                }

                Assert.Equal(due.Count, wheel.Count);
            }
        });

    private static void AssertSame(in SequenceRuns runs, bool[] model, uint origin)
    {
        var found = new bool[model.Length];
        for (var i = 0; i < runs.Count; i++)
        {
            Assert.True(runs[i].Start < runs[i].End);
            Assert.True(i == 0 || runs[i - 1].End < runs[i].Start);
            found.AsSpan((int)(runs[i].Start.Value - origin), runs[i].End - runs[i].Start).Fill(true);
        }

        Assert.Equal(model, found);
        Assert.Equal(model.Count(x => x), runs.Total);
    }

    private static IEnumerable<int[]> Permutations(int[] items)
        => items.Length == 1
            ? [items]
            : items.SelectMany(first => Permutations([.. items.Where(x => x != first)]).Select(rest => (int[])[first, .. rest]));

    private sealed class Node : WheelNode;
}
