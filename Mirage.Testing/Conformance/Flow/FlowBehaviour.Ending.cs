#pragma warning disable CS1591 // the name of a test is its documentation

namespace Mirage.Testing;

public abstract partial class FlowBehaviour
{
    [Fact]
    public Task Data_flows_to_a_client_that_has_ended_its_side() => ConnectedAsync(async both =>
    {
        await both.Client.WriteAsync("question");
        (await both.Client.ShutdownAsync(FlowDirection.Write)).ThrowIfFailed();
        await both.Server.ExpectAsync("question");
        await both.Server.ExpectEndAsync();

        var reading = both.Client.ExpectPatternAsync(1, 300_000);
        (await both.Server.WriteAsync(Pattern.Bytes(300_000, 1))).ThrowIfFailed();
        (await both.Server.ShutdownAsync(FlowDirection.Write)).ThrowIfFailed();
        _ = await reading;
    });

    [Fact]
    public Task Data_flows_to_a_server_that_has_ended_its_side() => ConnectedAsync(async both =>
    {
        await both.Server.WriteAsync("go on");
        (await both.Server.ShutdownAsync(FlowDirection.Write)).ThrowIfFailed();
        await both.Client.ExpectAsync("go on");
        await both.Client.ExpectEndAsync();

        var reading = both.Server.ExpectPatternAsync(1, 300_000);
        (await both.Client.WriteAsync(Pattern.Bytes(300_000, 1))).ThrowIfFailed();
        (await both.Client.CloseAsync()).ThrowIfFailed();
        _ = await reading;
    });

    [Fact]
    public Task The_end_stays_the_end() => ConnectedAsync(async both =>
    {
        (await both.Server.ShutdownAsync(FlowDirection.Write)).ThrowIfFailed();

        await both.Client.ExpectEndAsync();
        await both.Client.ExpectEndAsync();
        await both.Client.WriteAsync("still there");
        await both.Server.ExpectAsync("still there");
    });

    [Fact]
    public Task A_reset_is_an_error_and_stays_one() => ConnectedAsync(async both =>
    {
        var reading = both.Client.ReadAsync(new byte[1]).AsTask();
        await both.Server.AbortAsync();

        Assert.Equal(ErrorKind.Reset, (await reading).Error.Kind);
        Assert.Equal(ErrorKind.Reset, (await both.Client.ReadAsync(new byte[1])).Error.Kind);
        Assert.Equal(ErrorKind.Reset, (await both.Client.WriteAsync(new byte[1])).Error.Kind);
    });

    [Fact]
    public Task A_reset_is_told_to_a_pending_read_and_a_pending_write() => ConnectedAsync(async both =>
    {
        var reading = both.Client.ReadAsync(new byte[1]).AsTask();
        var writing = both.Client.WriteAsync(new byte[MoreThanBuffers]).AsTask();
        await both.SleepAsync(Moment);
        await both.Server.AbortAsync();

        Assert.Equal(ErrorKind.Reset, (await reading).Error.Kind);
        Assert.Equal(ErrorKind.Reset, (await writing).Error.Kind);
    });

    [Fact]
    public Task Aborting_ends_what_is_pending_here() => ConnectedAsync(async both =>
    {
        var reading = both.Client.ReadAsync(new byte[1]).AsTask();
        var writing = both.Client.WriteAsync(new byte[MoreThanBuffers]).AsTask();
        await both.SleepAsync(Moment);
        await both.Client.AbortAsync();
        await both.Client.AbortAsync();

        FlowAssert.IsGone((await reading).Error);
        FlowAssert.IsGone((await writing).Error);
        FlowAssert.IsGone((await both.Client.ReadAsync(new byte[1])).Error);
        FlowAssert.IsGone((await both.Client.WriteAsync(new byte[1])).Error);
    });

    [Fact]
    public Task What_was_accepted_before_a_close_arrives() => ConnectedAsync(async both =>
    {
        (await both.Client.WriteAsync(Pattern.Bytes(100_000, 1))).ThrowIfFailed();
        (await both.Client.CloseAsync()).ThrowIfFailed();

        _ = await both.Server.ExpectPatternAsync(1, 100_000);
    });

    [Fact]
    public Task What_was_accepted_before_a_close_arrives_though_this_end_has_not_read_all() => ConnectedAsync(async both =>
    {
        (await both.Server.WriteAsync(Pattern.Bytes(50_000, 2))).ThrowIfFailed();
        await both.Client.ExpectPrefixAsync(2);
        (await both.Client.WriteAsync(Pattern.Bytes(100_000, 1))).ThrowIfFailed();
        (await both.Client.CloseAsync()).ThrowIfFailed();

        _ = await both.Server.ExpectPatternAsync(1, 100_000);
    });

    [Fact]
    public Task Closing_ends_what_is_pending_and_what_comes_later_and_may_be_repeated() => ConnectedAsync(async both =>
    {
        var reading = both.Client.ReadAsync(new byte[1]).AsTask();
        (await both.Client.CloseAsync()).ThrowIfFailed();
        (await both.Client.CloseAsync()).ThrowIfFailed();

        Assert.Equal(ErrorKind.Closed, (await reading).Error.Kind);
        Assert.Equal(ErrorKind.Closed, (await both.Client.ReadAsync(new byte[1])).Error.Kind);
        Assert.Equal(ErrorKind.Closed, (await both.Client.WriteAsync(new byte[1])).Error.Kind);
        await both.Client.AbortAsync();
        await both.Server.ExpectEndAsync();
    });

    [Fact]
    public Task Writing_after_a_shutdown_is_closed_and_reading_goes_on() => ConnectedAsync(async both =>
    {
        (await both.Client.ShutdownAsync(FlowDirection.Write)).ThrowIfFailed();
        (await both.Client.ShutdownAsync(FlowDirection.Write)).ThrowIfFailed();

        Assert.Equal(ErrorKind.Closed, (await both.Client.WriteAsync(new byte[1])).Error.Kind);
        await both.Server.WriteAsync("still here");
        await both.Client.ExpectAsync("still here");
    });

    [Fact]
    public Task A_shutdown_of_reading_gives_the_end_here_and_does_not_hold_up_the_peer() => ConnectedAsync(async both =>
    {
        var reading = both.Client.ReadAsync(new byte[1]).AsTask();
        (await both.Client.ShutdownAsync(FlowDirection.Read)).ThrowIfFailed();

        Assert.True((await reading).IsEnd);
        await both.Client.ExpectEndAsync();
        (await both.Server.WriteAsync(new byte[MoreThanBuffers])).ThrowIfFailed();
        await both.Client.WriteAsync("thanks");
        await both.Server.ExpectAsync("thanks");
    });
}
