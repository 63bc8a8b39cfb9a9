namespace Mirage.Types.Tests.Flow;

public sealed class FlowReadTests
{
    [Fact]
    public void The_default_value_is_the_end()
    {
        foreach (var read in new[] { default, FlowRead.End })
        {
            Assert.True(read.IsEnd);
            Assert.False(read.HasData);
            Assert.False(read.IsError);
            Assert.Equal(0, read.Count);
            Assert.Equal(0, read.ThrowIfFailed());
            Assert.Equal("end", read.ToString());
        }
    }

    [Fact]
    public void Data_is_neither_end_nor_error()
    {
        var read = FlowRead.Data(5);
        Assert.True(read.HasData);
        Assert.False(read.IsEnd || read.IsError);
        Assert.Equal(5, read.ThrowIfFailed());
        Assert.Equal("5 bytes", read.ToString());
    }

    [Fact]
    public void A_read_into_an_empty_buffer_is_not_the_end()
    {
        var read = FlowRead.Data(0);
        Assert.False(read.HasData || read.IsEnd || read.IsError);
    }

    [Fact]
    public void A_reset_is_an_error_and_not_the_end()
    {
        var read = FlowRead.Failed(ErrorKind.Reset);
        Assert.True(read.IsError);
        Assert.False(read.HasData || read.IsEnd);
        Assert.Equal(0, read.Count);
        Assert.Equal(ErrorKind.Reset, Assert.Throws<DeviceException>(() => read.ThrowIfFailed()).Error.Kind);
        Assert.Equal("connection reset", read.ToString());
    }

    [Fact]
    public void A_negative_count_and_a_failure_without_an_error_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => FlowRead.Data(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => FlowRead.Failed(default));
    }
}
