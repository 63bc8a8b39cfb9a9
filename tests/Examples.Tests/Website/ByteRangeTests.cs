using System.Globalization;
using System.Net;
using System.Text;
using FsCheck.Fluent;
using FsCheck;
using Website;

namespace Mirage.Examples.Tests;

public sealed class ByteRangeTests
{
    [Theory]
    [InlineData("bytes=0-0", 0, 1)]
    [InlineData("bytes=10-19", 10, 10)]
    [InlineData("bytes=10-", 10, 90)]
    [InlineData("bytes=99-", 99, 1)]
    [InlineData("bytes=90-1000", 90, 10)]
    [InlineData("bytes=0-99999999999999999999999999", 0, 100)]
    [InlineData("bytes=-1", 99, 1)]
    [InlineData("bytes=-1000", 0, 100)]
    [InlineData("BYTES= 5-6", 5, 2)]
    public void One_range_gives_a_part(string value, long offset, long length)
    {
        Assert.Equal(HttpStatusCode.PartialContent, Read(value, 100, out var range));
        Assert.Equal(new ByteRange(offset, length), range);
    }

    [Theory]
    [InlineData("")]
    [InlineData("bytes=")]
    [InlineData("bytes=-")]
    [InlineData("bytes=5-4")]
    [InlineData("bytes=a-b")]
    [InlineData("bytes=1-2,4-5")]
    [InlineData("bytes=1")]
    [InlineData("bytes=--1")]
    [InlineData("bytes=1-2-3")]
    [InlineData("lines=1-2")]
    public void Anything_else_gives_the_whole(string value)
    {
        Assert.Equal(HttpStatusCode.OK, Read(value, 100, out var range));
        Assert.Equal(new ByteRange(0, 100), range);
    }

    [Theory]
    [InlineData("bytes=100-", 100)]
    [InlineData("bytes=99999999999999999999999999-", 100)]
    [InlineData("bytes=-0", 100)]
    [InlineData("bytes=0-", 0)]
    [InlineData("bytes=0-0", 0)]
    public void A_range_after_the_end_is_not_satisfiable(string value, long size)
        => Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, Read(value, size, out _));

    [Fact]
    public void The_last_bytes_of_nothing_are_the_whole() => Assert.Equal(HttpStatusCode.OK, Read("bytes=-5", 0, out _));

    [Fact]
    public void A_part_lies_within_the_file()
        => Prop.ForAll<uint, uint, ushort>(static (first, last, size) =>
        {
            var status = Read(string.Create(CultureInfo.InvariantCulture, $"bytes={first % 1000}-{last % 1000}"), size, out var range);
            return status == HttpStatusCode.RequestedRangeNotSatisfiable
                || (range.Offset >= 0 && range.Length > 0 && range.Last < size)
                || (status == HttpStatusCode.OK && range == new ByteRange(0, size));
        }).QuickCheckThrowOnFailure();

    private static HttpStatusCode Read(string value, long size, out ByteRange range) => ByteRange.Read(Encoding.ASCII.GetBytes(value), size, out range);
}
