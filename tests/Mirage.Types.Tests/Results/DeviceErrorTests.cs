namespace Mirage.Types.Tests.Results;

public sealed class DeviceErrorTests
{
    [Fact]
    public void The_default_value_is_no_error()
    {
        Assert.True(default(DeviceError).IsNone);
        Assert.Equal(ErrorKind.None, default(DeviceError).Kind);
        Assert.Null(default(DeviceError).Detail);
        Assert.Equal("no error", default(DeviceError).ToString());
    }

    [Fact]
    public void Every_kind_has_a_text_of_its_own()
    {
        var kinds = Enum.GetValues<ErrorKind>();
        var texts = kinds.Select(x => new DeviceError(x).ToString()).ToHashSet();
        Assert.Equal(kinds.Length, texts.Count);
        Assert.DoesNotContain("", texts);
        Assert.Single(kinds, x => new DeviceError(x).IsNone);
    }

    [Fact]
    public void A_text_takes_the_place_of_that_of_the_kind()
    {
        var error = new DeviceError(ErrorKind.InUse, "port 80 on 10.0.0.2 has a listener");
        Assert.Equal("port 80 on 10.0.0.2 has a listener", error.ToString());
        Assert.True(error.TryGetDetail<TextDetail>(out var detail));
        Assert.Equal("port 80 on 10.0.0.2 has a listener", detail.Text);
    }

    [Fact]
    public void A_detail_is_found_by_its_type_only()
    {
        var error = new DeviceError(ErrorKind.Other, new BlockDetail(7));
        Assert.True(error.TryGetDetail<BlockDetail>(out var detail));
        Assert.Equal(7, detail.Sector);
        Assert.True(error.TryGetDetail<ErrorDetail>(out _));
        Assert.False(error.TryGetDetail<TextDetail>(out var other));
        Assert.Null(other);
        Assert.False(default(DeviceError).TryGetDetail<ErrorDetail>(out _));
        Assert.Equal("sector 7 cannot be read", error.ToString());
        Assert.Equal("sector 7 cannot be read", detail.ToString());
    }

    [Fact]
    public void Errors_are_the_same_by_kind_and_detail()
    {
        DeviceError plain = ErrorKind.Closed;
        Assert.True(plain == new DeviceError(ErrorKind.Closed));
        Assert.True(plain != new DeviceError(ErrorKind.Reset));
        Assert.True(new DeviceError(ErrorKind.Other, "a") == new DeviceError(ErrorKind.Other, "a"));
        Assert.True(new DeviceError(ErrorKind.Other, "a") != new DeviceError(ErrorKind.Other, "b"));
        Assert.True(new DeviceError(ErrorKind.Other, "a") != new DeviceError(ErrorKind.Other));
        Assert.True(new DeviceError(ErrorKind.Other, "a").Equals((object)new DeviceError(ErrorKind.Other, "a")));
        Assert.False(plain.Equals("closed"));
        Assert.Equal(new DeviceError(ErrorKind.Other, "a").GetHashCode(), new DeviceError(ErrorKind.Other, "a").GetHashCode());
    }

    [Fact]
    public void An_exception_carries_the_error_and_what_the_host_threw()
    {
        var cause = new InvalidOperationException("no such device");
        var error = new DeviceError(ErrorKind.Other, new ExceptionDetail(cause));
        var exception = error.ToException();
        Assert.Equal(error, exception.Error);
        Assert.Same(cause, exception.InnerException);
        Assert.Equal("no such device", exception.Message);
        Assert.Null(new DeviceError(ErrorKind.Reset).ToException().InnerException);
        Assert.IsType<IOException>(exception, exactMatch: false);
    }

    private sealed record BlockDetail(int Sector) : ErrorDetail
    {
        public override string Text => $"sector {Sector} cannot be read";
    }
}
