using Mirage.Net.TcpIp.Wire;
using FsCheck.Fluent;

namespace Mirage.Net.TcpIp.Tests.Wire;

public sealed class SequenceNumberTests
{
    [Fact]
    public void Order_follows_the_distance_across_every_wrap()
        => WireGen.Check(
            from start in WireGen.UInt32 from distance in Gen.Choose(1, int.MaxValue) select (start: new SequenceNumber(start), distance),
            x =>
            {
                var later = x.start + x.distance;
                Assert.Equal(x.start + (uint)x.distance, later);
                Assert.Equal(x.start, later - x.distance);
                Assert.Equal(x.distance, later - x.start);
                Assert.Equal(-x.distance, x.start - later);
                Assert.True(x.start < later && x.start <= later && later > x.start && later >= x.start && x.start != later);
                Assert.False(later < x.start || later <= x.start || x.start > later || x.start >= later || x.start == later);
                Assert.Equal(later, SequenceNumber.Max(x.start, later));
                Assert.Equal(later, SequenceNumber.Max(later, x.start));
                Assert.Equal(x.start, SequenceNumber.Min(x.start, later));
                Assert.Equal(x.start, SequenceNumber.Min(later, x.start));
            });

    [Fact]
    public void A_number_is_neither_before_nor_after_itself()
        => WireGen.Check(WireGen.UInt32, x =>
        {
            SequenceNumber a = new(x), b = new(x);
            Assert.True(a <= b && a >= b && a == b && a.Equals(b) && a.Equals((object)b));
            Assert.False(a < b || a > b || a != b);
            Assert.Equal(a.GetHashCode(), b.GetHashCode());
        });

    [Theory]
    [InlineData(0x7fff_ffff, 0x8000_0000)]
    [InlineData(0xffff_ffff, 0)]
    [InlineData(0xffff_ff00, 0x7fff_feff)]
    public void Numbers_just_below_2_31_and_2_32_come_before_those_just_above(uint earlier, uint later)
    {
        Assert.True(new SequenceNumber(earlier) < new SequenceNumber(later));
        Assert.False(new SequenceNumber(later) < new SequenceNumber(earlier));
    }

    [Theory]
    [InlineData(0xffff_fff0, 0x20, 0xffff_fff0, true)]
    [InlineData(0xffff_fff0, 0x20, 0xf, true)]
    [InlineData(0xffff_fff0, 0x20, 0x10, false)]
    [InlineData(0xffff_fff0, 0x20, 0xffff_ffef, false)]
    [InlineData(5, 0, 5, false)]
    [InlineData(5, 1, 5, true)]
    [InlineData(5, 1, 6, false)]
    [InlineData(0, 0xffff_ffff, 0xffff_fffe, true)]
    [InlineData(0, 0xffff_ffff, 0xffff_ffff, false)]
    public void A_window_holds_its_numbers_and_no_others(uint start, uint size, uint value, bool expected)
        => Assert.Equal(expected, new SequenceNumber(value).IsInWindow(new SequenceNumber(start), size));

    [Fact]
    public void The_text_is_the_number() => Assert.Equal("4294967295", new SequenceNumber(uint.MaxValue).ToString());
}
