namespace Mirage.Types.Tests.Results;

public sealed class ResultTests
{
    [Fact]
    public void The_default_value_is_done()
    {
        Assert.True(default(Result).IsDone);
        Assert.True(Result.Done.IsDone);
        Assert.True(Result.Done.Error.IsNone);
        Assert.Equal("done", Result.Done.ToString());
        Result.Done.ThrowIfFailed();
    }

    [Fact]
    public void A_failure_tells_its_error_and_throws_it_when_asked()
    {
        Result byKind = ErrorKind.InUse;
        Result byError = new DeviceError(ErrorKind.InUse, "port 80 is taken");
        Assert.False(byKind.IsDone);
        Assert.Equal(ErrorKind.InUse, byKind.Error.Kind);
        Assert.Equal("already in use", byKind.ToString());
        var exception = Assert.Throws<DeviceException>(byError.ThrowIfFailed);
        Assert.Equal("port 80 is taken", exception.Message);
        Assert.Equal(byError.Error, exception.Error);
    }

    [Fact]
    public void A_result_from_no_error_is_done()
    {
        Result result = default(DeviceError);
        Assert.True(result.IsDone);
    }

    [Fact]
    public void A_value_is_there()
    {
        Result<int> result = 42;
        Assert.True(result.IsDone);
        Assert.Equal(42, result.Value);
        Assert.Equal(42, result.ThrowIfFailed());
        Assert.True(result.TryGet(out var value));
        Assert.Equal(42, value);
        Assert.Equal("42", result.ToString());
    }

    [Fact]
    public void A_failure_has_no_value()
    {
        Result<int> result = ErrorKind.NotFound;
        Assert.False(result.IsDone);
        Assert.False(result.TryGet(out var value));
        Assert.Equal(0, value);
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<DeviceException>(() => result.Value).Error.Kind);
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<DeviceException>(() => result.ThrowIfFailed()).Error.Kind);
        Assert.Equal("not found", result.ToString());
        Result<int> byError = new DeviceError(ErrorKind.Other, "why");
        Assert.Equal("why", byError.ToString());
    }

    [Fact]
    public void A_failure_without_an_error_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Result<int>(default(DeviceError)));
        Assert.Throws<ArgumentOutOfRangeException>(() => (Result<int>)ErrorKind.None);
    }
}
