using System.Runtime.CompilerServices;
using FsCheck.Fluent;
using Mirage.Net.TcpIp.Tests.Wire;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Tcp;

/// <summary>The scoreboard against a model that is too simple to be wrong.</summary>
public class SentSegmentsTests
{
    private const int SegmentSize = 100;

    [Fact]
    public void A_segment_takes_32_bytes() => Assert.Equal(SentSegments.SizeOfSegment, Unsafe.SizeOf<SentSegment>());

    [Fact]
    public void The_scoreboard_knows_what_is_in_flight_arrived_and_lost()
        => WireGen.Check(
            Gen.Elements(0u, 0x7fff_ff80u, 0xffff_ff80u).SelectMany(origin =>
                (from kind in Gen.Choose(0, 10) from a in Gen.Choose(0, 1000) from b in Gen.Choose(0, 1000) select (kind, a, b)).ArrayOf().Resize(150).Select(steps => (origin, steps))),
            input =>
            {
                var model = new Model(input.origin);
                foreach (var (kind, a, b) in input.steps)
                {
                    model.Step(kind, a, b);
                    model.Check();
                }

                model.End();
            });

    [Fact]
    public void Many_small_segments_need_no_more_memory_than_a_few_large_ones()
    {
        var pool = new BufferPool();
        var sent = default(SentSegments);
        for (var i = 0; i < 100_000; i++)
        {
            sent.Add(pool, new((uint)i), new SentSegment { End = new((uint)i + 1), SentAt = i }, 1000);
        }

        Assert.InRange(sent.Count, 1, 300);
        Assert.InRange(pool.Lent, 1, 512 * SentSegments.SizeOfSegment);

        // Nothing is lost of it.
        var rack = default(Rack);
        var delivery = new Delivery(ref rack, 200_000, 0);
        sent.Acknowledge(pool, new(100_000), ref delivery);
        Assert.Equal((100_000, 0L), (delivery.Bytes, pool.Lent));
    }

    private sealed class Model(uint origin)
    {
        private readonly BufferPool _pool = new();
        private readonly List<Segment> _segments = [];
        private SentSegments _sent;
        private Rack _rack;
        private int _una;
        private int _next;
        private long _now = 1;

        public void Step(int kind, int a, int b)
        {
            _now++;
            switch (kind)
            {
                case 0 or 1 or 2 or 3:
                    var length = 1 + (a % SegmentSize);
                    _sent.Add(_pool, At(_next), new SentSegment { End = At(_next + length), SentAt = _now }, 1);
                    _segments.Add(new() { Start = _next, End = _next + length, SentAt = _now });
                    _next += length;
                    break;
                case 4:
                    Acknowledge(_una + (a % (_next - _una + 1) / 4));
                    break;
                case 5 or 6:
                    var start = _una + 1 + (a % Math.Max(1, _next - _una));
                    Sack(start, Math.Min(_next, start + 1 + (b / 2)));
                    break;
                case 7 when InFlight.Any():
                    var oldest = InFlight.MinBy(s => (s.SentAt, s.Start))!;
                    oldest.State = SentState.Lost;
                    _sent.LoseOldest();
                    break;
                case 8 when _sent.TryGetLost(out var lost, out var lostLength):
                    var again = _segments.Single(s => At(Math.Max(_una, s.Start)) == lost);
                    Assert.Equal((SentState.Lost, again.End - Math.Max(_una, again.Start)), (again.State, lostLength));
                    _sent.OnResent(_now, 0);
                    (again.State, again.SentAt, again.IsRetransmitted) = (SentState.InFlight, _now, true);
                    break;
                case 9 when _segments.Count > 0:
                    Rare(a);
                    break;
            }
        }

        public void Check()
        {
            Assert.Equal(_segments.Count, _sent.Count);
            Assert.Equal(_segments.Count(s => s.State == SentState.Sacked), _sent.SackedCount);
            Assert.Equal(Sum(SentState.Sacked), _sent.Sacked);
            Assert.Equal(Sum(SentState.Lost), _sent.Lost);
            Assert.Equal(Sum(SentState.Lost) > 0, _sent.HasLost);
            Assert.Equal(InFlight.Any(), _sent.TryGetOldest(out var oldest));
            if (InFlight.Any())
            {
                var expected = InFlight.MinBy(s => (s.SentAt, s.Start))!;
                Assert.Equal((At(expected.End), expected.SentAt, expected.IsRetransmitted), (oldest.End, oldest.SentAt, oldest.IsRetransmitted));
            }
        }

        public void End()
        {
            Acknowledge(_next);
            Check();
            Assert.Equal(0, _pool.Lent);
        }

        private IEnumerable<Segment> InFlight => _segments.Where(s => s.State == SentState.InFlight);

        private void Rare(int a)
        {
            switch (a % 5)
            {
                case 0:
                    _sent.LoseAll();
                    _segments.ForEach(s => s.State = s.State == SentState.InFlight ? SentState.Lost : s.State);
                    break;
                case 1:
                    _sent.LoseNone();
                    _segments.ForEach(s => s.State = s.State == SentState.Lost ? SentState.InFlight : s.State);
                    break;
                case 2:
                    _sent.LoseFirst();
                    _segments[0].State = _segments[0].State == SentState.InFlight ? SentState.Lost : _segments[0].State;
                    break;
                case 3 when _segments[^1].State == SentState.InFlight:
                    _sent.OnLastResent(_now, 0);
                    (_segments[^1].SentAt, _segments[^1].IsRetransmitted) = (_now, true);
                    break;
            }

            if (a % 5 == 4 && _segments[0].State == SentState.Sacked)
            {
                Assert.True(_sent.ForgetReneged());
                _segments.ForEach(s => s.State = s.State == SentState.Sacked ? SentState.InFlight : s.State);
            }

            _sent.OrderLost();
            if (_segments.FirstOrDefault(s => s.State == SentState.Lost) is { } first)
            {
                Assert.True(_sent.TryGetLost(out var start, out _));
                Assert.Equal(At(Math.Max(_una, first.Start)), start);
            }
        }

        private void Acknowledge(int to)
        {
            var delivered = _segments.Where(s => s.State != SentState.Sacked).Sum(s => Math.Max(0, Math.Min(s.End, to) - Math.Max(s.Start, _una)));
            var delivery = new Delivery(ref _rack, _now, 0);
            _sent.Acknowledge(_pool, At(to), ref delivery);
            Assert.Equal(delivered, delivery.Bytes);
            Assert.Equal(_segments.Any(s => s.End <= to && s.IsRetransmitted), delivery.HasRetransmitted);
            _segments.RemoveAll(s => s.End <= to);
            _una = to;
        }

        private void Sack(int start, int end)
        {
            var covered = _segments.Where(s => Math.Max(s.Start, _una) >= start && s.End <= end && s.State != SentState.Sacked).ToList();
            var delivery = new Delivery(ref _rack, _now, 0);
            _sent.Sack(At(start), At(end), ref delivery);
            Assert.Equal(covered.Sum(s => s.End - Math.Max(s.Start, _una)), delivery.Bytes);
            Assert.Equal(covered.Any(s => !s.IsRetransmitted), delivery.HasOriginal);
            covered.ForEach(s => s.State = SentState.Sacked);
        }

        private int Sum(SentState state) => _segments.Where(s => s.State == state).Sum(s => s.End - Math.Max(s.Start, _una));

        private SequenceNumber At(int position) => new(origin + (uint)position);

        private sealed class Segment
        {
            public int Start { get; init; }

            public int End { get; init; }

            public long SentAt { get; set; }

            public bool IsRetransmitted { get; set; }

            public SentState State { get; set; }
        }
    }
}
