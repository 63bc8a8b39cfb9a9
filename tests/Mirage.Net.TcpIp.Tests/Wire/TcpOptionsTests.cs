using System.Runtime.CompilerServices;
using Mirage.Net.TcpIp.Wire;
using FsCheck.Fluent;

namespace Mirage.Net.TcpIp.Tests.Wire;

public sealed class TcpOptionsTests
{
    [Fact]
    public void No_options_write_nothing_and_read_as_nothing()
    {
        AssertEmpty(TcpOptions.Parse([]));
        Assert.Equal(0, default(TcpOptions).Length);
        Assert.Equal(0, default(TcpOptions).Write([]));
    }

    [Fact]
    public void All_of_a_SYN_are_in_the_order_that_Linux_has()
    {
        var options = new TcpOptions
        {
            MaximumSegmentSize = 1460,
            SackPermitted = true,
            HasTimestamp = true,
            TimestampValue = 0x4f9446f8,
            HasWindowScale = true,
            WindowScale = 10,
        };
        Assert.Equal("020405B40402080A4F9446F8000000000103030A", Written(options));
    }

    [Fact]
    public void Those_of_a_SYN_without_timestamps_are_padded_by_no_operations()
    {
        var options = new TcpOptions { MaximumSegmentSize = 536, SackPermitted = true, HasWindowScale = true, WindowScale = 7 };
        Assert.Equal("020402180101040201030307", Written(options));
    }

    [Fact]
    public void Timestamps_alone_and_with_SACK_are_aligned()
    {
        var options = new TcpOptions { HasTimestamp = true, TimestampValue = 1, TimestampEcho = 2 };
        Assert.Equal("0101080A0000000100000002", Written(options));
        options.AddSack(new(16), new(32));
        Assert.Equal("0101080A00000001000000020101050A0000001000000020", Written(options));
    }

    [Fact]
    public void As_many_SACK_blocks_as_there_is_room_for_are_written()
    {
        var options = default(TcpOptions);
        for (var i = 1; i <= 5; i++)
        {
            options.AddSack(new((uint)i * 100), new(((uint)i * 100) + 50));
            Assert.Equal(Math.Min(i, TcpOptions.MaxSackCount), options.SackCount);
        }

        Assert.Equal(36, options.Length);
        Assert.Equal(4, RoundTrip(options).SackCount);
        options.HasTimestamp = true;
        Assert.Equal(40, options.Length);
        Assert.Equal(3, RoundTrip(options).SackCount);
        options.MaximumSegmentSize = 1460;
        options.HasWindowScale = options.SackPermitted = true;
        Assert.Equal(40, options.Length);
        Assert.Equal(2, RoundTrip(options).SackCount);
    }

    [Fact]
    public void What_is_written_is_read()
        => WireGen.Check(
            from mss in WireGen.UInt16
            from flags in Gen.Choose(0, 7)
            from scale in Gen.Choose(0, 14)
            from value in WireGen.UInt32
            from echo in WireGen.UInt32
            from sacks in WireGen.UInt32.ArrayOf(2).ArrayOf(4)
            from count in Gen.Choose(0, 4)
            select (mss, flags, scale, value, echo, sacks, count),
            x =>
            {
                var options = new TcpOptions
                {
                    MaximumSegmentSize = x.mss,
                    SackPermitted = (x.flags & 1) != 0,
                    HasTimestamp = (x.flags & 2) != 0,
                    TimestampValue = (x.flags & 2) != 0 ? x.value : 0,
                    TimestampEcho = (x.flags & 2) != 0 ? x.echo : 0,
                    HasWindowScale = (x.flags & 4) != 0,
                    WindowScale = (x.flags & 4) != 0 ? (byte)x.scale : (byte)0,
                };
                for (var i = 0; i < x.count; i++)
                {
                    options.AddSack(new(x.sacks[i][0]), new(x.sacks[i][1]));
                }

                var read = RoundTrip(options);
                Assert.Equal(options.MaximumSegmentSize, read.MaximumSegmentSize);
                Assert.Equal(options.SackPermitted, read.SackPermitted);
                Assert.Equal(options.HasTimestamp, read.HasTimestamp);
                Assert.Equal(options.TimestampValue, read.TimestampValue);
                Assert.Equal(options.TimestampEcho, read.TimestampEcho);
                Assert.Equal(options.HasWindowScale, read.HasWindowScale);
                Assert.Equal(options.WindowScale, read.WindowScale);
                Assert.InRange(read.SackCount, Math.Min(x.count, 2), x.count);
                for (var i = 0; i < read.SackCount; i++)
                {
                    Assert.Equal(options.GetSack(i).Start, read.GetSack(i).Start);
                    Assert.Equal(options.GetSack(i).End, read.GetSack(i).End);
                }
            });

    [Fact]
    public void Writing_into_too_short_a_span_is_refused_and_bytes_after_the_options_stay()
    {
        var options = new TcpOptions { MaximumSegmentSize = 1460, HasWindowScale = true };
        Assert.Throws<ArgumentOutOfRangeException>(() => options.Write(new byte[7]));
        var bytes = new byte[10];
        bytes.AsSpan().Fill(0xee);
        Assert.Equal(8, options.Write(bytes));
        Assert.Equal([0xee, 0xee], bytes[8..]);
    }

    [Theory]
    [InlineData("02020103")]
    [InlineData("02030501030303")]
    [InlineData("020505b400030303")]
    [InlineData("03020303")]
    [InlineData("0304070004020000")]
    [InlineData("0403010101010101")]
    [InlineData("080900000001000000010000")]
    [InlineData("080b00000001000000010000")]
    [InlineData("050205020502")]
    [InlineData("050900000001000000020502")]
    [InlineData("050b0000000100000002aaaa")]
    public void A_known_option_of_a_wrong_length_is_skipped(string hex)
    {
        var bytes = Convert.FromHexString(hex);
        var options = TcpOptions.Parse(bytes.AsSpan(0, bytes[1]));
        AssertEmpty(options);

        // What follows it is read.
        Assert.Equal(1460, TcpOptions.Parse([.. bytes.AsSpan(0, bytes[1]), 2, 4, 5, 0xb4]).MaximumSegmentSize);
    }

    [Theory]
    [InlineData("0200")]
    [InlineData("0201")]
    [InlineData("00")]
    [InlineData("fd00")]
    [InlineData("fdff")]
    [InlineData("02")]
    public void Reading_stops_at_the_end_and_at_a_length_that_cannot_be(string hex)
    {
        byte[] bytes = [3, 3, 7, .. Convert.FromHexString(hex), 0, 4, 5, 0xb4];
        if (hex == "02")
        {
            bytes = bytes[..4];
        }

        var options = TcpOptions.Parse(bytes);
        Assert.True(options.HasWindowScale);
        Assert.Equal(7, options.WindowScale);
        Assert.Equal(0, options.MaximumSegmentSize);
    }

    [Fact]
    public void Unknown_options_are_skipped()
    {
        var options = TcpOptions.Parse([253, 4, 1, 2, 30, 2, 1, 2, 4, 5, 0xb4, 254, 3, 9, 4, 2]);
        Assert.Equal(1460, options.MaximumSegmentSize);
        Assert.True(options.SackPermitted);
        Assert.False(options.HasTimestamp);
    }

    [Fact]
    public void Every_truncation_of_an_option_leaves_it_out()
    {
        byte[] syn = Captures.TcpSyn[54..];
        for (var length = 0; length < syn.Length; length++)
        {
            var options = TcpOptions.Parse(syn.AsSpan(0, length));
            Assert.Equal(length >= 4 ? 1460 : 0, options.MaximumSegmentSize);
            Assert.Equal(length >= 6, options.SackPermitted);
            Assert.Equal(length >= 16, options.HasTimestamp);
            Assert.False(options.HasWindowScale);
        }
    }

    [Fact]
    public void A_window_scale_over_14_counts_as_14()
    {
        for (var scale = 0; scale <= 255; scale++)
        {
            var options = TcpOptions.Parse([3, 3, (byte)scale, 1]);
            Assert.True(options.HasWindowScale);
            Assert.Equal(Math.Min(scale, 14), options.WindowScale);
        }
    }

    [Fact]
    public void The_shape_of_timestamps_alone_reads_as_any_other_order_does()
    {
        byte[] stamps = [8, 10, 1, 2, 3, 4, 5, 6, 7, 8];
        foreach (var bytes in new byte[][] { [1, 1, .. stamps], [.. stamps, 1, 1], [.. stamps, 0, 0], [1, .. stamps, 1], stamps })
        {
            var options = TcpOptions.Parse(bytes);
            Assert.True(options.HasTimestamp);
            Assert.Equal(0x0102_0304u, options.TimestampValue);
            Assert.Equal(0x0506_0708u, options.TimestampEcho);
            Assert.Equal(0, options.SackCount);
        }
    }

    [Fact]
    public void A_second_SACK_option_replaces_the_first()
    {
        var options = TcpOptions.Parse([5, 10, 0, 0, 0, 1, 0, 0, 0, 2, 5, 10, 0, 0, 0, 3, 0, 0, 0, 4]);
        Assert.Equal(1, options.SackCount);
        Assert.Equal(3u, options.GetSack(0).Start.Value);
    }

    [Fact]
    public void A_SACK_block_that_is_not_there_is_refused()
    {
        var options = default(TcpOptions);
        options.AddSack(new(1), new(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => options.GetSack(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => options.GetSack(-1));
    }

    [Fact]
    public void It_stays_small() => Assert.InRange(Unsafe.SizeOf<TcpOptions>(), 1, 48);

    private static void AssertEmpty(TcpOptions options)
    {
        Assert.Equal(0, options.MaximumSegmentSize);
        Assert.False(options.HasWindowScale);
        Assert.False(options.SackPermitted);
        Assert.False(options.HasTimestamp);
        Assert.Equal(0, options.SackCount);
    }

    private static string Written(TcpOptions options)
    {
        var bytes = new byte[TcpOptions.MaxLength];
        var length = options.Write(bytes);
        Assert.Equal(options.Length, length);
        Assert.Equal(0, length % 4);
        return Convert.ToHexString(bytes.AsSpan(0, length));
    }

    private static TcpOptions RoundTrip(TcpOptions options) => TcpOptions.Parse(Convert.FromHexString(Written(options)));
}
