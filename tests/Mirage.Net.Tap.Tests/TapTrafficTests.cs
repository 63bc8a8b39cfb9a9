namespace Mirage.Net.Tap.Tests;

/// <summary>The device against the kernel at the other end of a real TAP interface.</summary>
public sealed class TapTrafficTests
{
    [Fact]
    public async Task The_kernel_gets_an_answer_to_every_ping()
    {
        using var space = Probe.Namespace();
        space.AddTap("tap0", "10.0.0.1/24");
        using var probe = await Probe.StartAsync(space, "answer", "tap0", "10.0.0.2");
        var ping = await space.EchoAsync("10.0.0.2", 100, ["-i", "0.002", "-s", "1400"], Probe.Bound());
        Assert.DoesNotContain("wrong data", ping, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1500)]
    [InlineData(9000)]
    public async Task Frames_of_every_length_go_both_ways_unchanged(int mtu)
    {
        using var space = Probe.Namespace();
        space.AddTap("tap0", null, mtu);
        using var probe = await Probe.StartAsync(space, "answer", "tap0", "10.0.0.2");
        var peer = space.Run(Probe.Host, Probe.Arguments("peer", "tap0", "3000"));
        Assert.True(peer.Output.Trim() == "identical 3000", peer.ToString());
        Assert.Contains("received 3000 sent 3000 lost 0", await Probe.AskAsync(probe, "counters", "turns"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_frame_for_an_interface_that_is_down_is_lost_and_counted_and_goes_again_when_it_is_up()
    {
        using var space = Probe.Namespace();
        space.AddTap("tap0", null);
        using var probe = await Probe.StartAsync(space, "hold", "tap0");
        Assert.Equal("send Sent", await Probe.AskAsync(probe, "send", "send"));
        _ = space.RunChecked("ip", "link", "set", "tap0", "down");
        Assert.Equal("send Failed", await Probe.AskAsync(probe, "send", "send"));
        await Probe.AssertIdleAsync(space, probe);
        Assert.Contains("sent 1 lost 1", await Probe.AskAsync(probe, "counters", "turns"), StringComparison.Ordinal);
        _ = space.RunChecked("ip", "link", "set", "tap0", "up");
        Assert.Equal("send Sent", await Probe.AskAsync(probe, "send", "send"));
    }

    [Fact]
    public async Task Removing_the_interface_disconnects_the_device_and_the_loop_does_not_spin()
    {
        using var space = Probe.Namespace();
        space.AddTap("tap0", "10.0.0.1/24");
        using var probe = await Probe.StartAsync(space, "answer", "tap0", "10.0.0.2");
        _ = space.RunChecked("ip", "link", "del", "tap0");
        _ = await probe.WaitForLineAsync(line => line == "disconnected", Probe.Bound());
        Assert.Equal("send Disconnected", await Probe.AskAsync(probe, "send", "send"));
        await Probe.AssertIdleAsync(space, probe);
        probe.CloseInput();
        Assert.Equal(0, await probe.WaitForExitAsync(Probe.Bound()));
    }

    [Fact]
    public async Task An_idle_loop_takes_no_turns()
    {
        using var space = Probe.Namespace();
        space.AddTap("tap0", "10.0.0.1/24");
        using var probe = await Probe.StartAsync(space, "answer", "tap0", "10.0.0.2");
        await Probe.AssertIdleAsync(space, probe);
    }

    [Fact]
    public async Task Frames_that_nobody_takes_do_not_keep_the_loop_awake()
    {
        using var space = Probe.Namespace();
        space.AddTap("tap0", "10.0.0.1/24");
        using var probe = await Probe.StartAsync(space, "hold", "tap0");

        // Broadcast, so that no neighbour has to be found: five frames wait that nobody receives.
        _ = space.Run("ping", "-b", "-c", "5", "-i", "0.01", "-W", "0.1", "10.0.0.255");
        await Probe.AssertIdleAsync(space, probe);
    }
}
