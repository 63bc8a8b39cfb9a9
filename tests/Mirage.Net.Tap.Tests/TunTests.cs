using Mirage.Namespaces;

namespace Mirage.Net.Tap.Tests;

/// <summary>The TUN device against the kernel at the other end.</summary>
public sealed class TunTests
{
    [Theory]
    [InlineData("")]
    [InlineData("sixteen-bytes-xx")]
    [InlineData("tun%d")]
    public void A_name_that_cannot_be_is_invalid(string name)
    {
        using var loop = new HostLoop();
        var error = TunDevice.Open(new HostPlatform(loop), name).Error;
        Assert.Equal(ErrorKind.Invalid, error.Kind);
        Assert.True(error.TryGetDetail<TapError>(out var detail));
        Assert.Equal((name, 0), (detail.Interface, detail.Errno));
    }

    [Fact]
    public void An_interface_that_does_not_exist_is_not_found_and_not_made()
    {
        using var space = Probe.Namespace();
        var answer = Probe.OpenTun(space, "tun7");
        Assert.StartsWith("error NotFound no TUN interface 'tun7' here; create it with: sudo ip tuntap add dev tun7 mode tun", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("tun7", space.RunChecked("ip", "link"), StringComparison.Ordinal);
    }

    [Fact]
    public void An_interface_of_another_kind_is_invalid()
    {
        using var space = Probe.Namespace();
        space.AddTap("tap0", null);
        Assert.StartsWith("error Invalid 'tap0' is not a TUN interface", Probe.OpenTun(space, "tap0"), StringComparison.Ordinal);
        Assert.StartsWith("error Invalid 'lo' is not a TUN interface", Probe.OpenTun(space, "lo"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interface_that_another_program_has_open_is_in_use()
    {
        using var space = Probe.Namespace();
        space.AddTun("tun0", 1500);
        using var holder = await Probe.StartAsync(space, "tun-hold", "tun0");
        Assert.StartsWith("error InUse another program has 'tun0' open", Probe.OpenTun(space, "tun0"), StringComparison.Ordinal);
        holder.CloseInput();
        Assert.Equal(0, await holder.WaitForExitAsync(Probe.Bound()));
        Assert.StartsWith("opened tun0 mtu 1500", Probe.OpenTun(space, "tun0"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("10.9.0.1/24", "10.9.0.77", 1500)]
    [InlineData("fd09::1/64", "fd09::77", 1500)]
    [InlineData("10.9.0.1/24", "10.9.0.77", 9000)]
    public async Task The_kernel_gets_an_answer_to_every_ping(string own, string other, int mtu)
    {
        using var space = Probe.Namespace();
        space.AddTun("tun0", mtu, own);
        using var probe = await Probe.StartAsync(space, "tun-answer", "tun0", other);
        foreach (var size in new[] { "1", "1400", (mtu - 48).ToString(System.Globalization.CultureInfo.InvariantCulture) })
        {
            var ping = await space.EchoAsync(other, 50, ["-i", "0.002", "-s", size], Probe.Bound());
            Assert.DoesNotContain("wrong data", ping, StringComparison.Ordinal);
        }

        Assert.Contains("received 150 sent 150 lost 0", await Probe.AskAsync(probe, "counters", "turns"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_packet_for_an_interface_that_is_down_is_lost_and_counted_and_goes_again_when_it_is_up()
    {
        using var space = Probe.Namespace();
        space.AddTun("tun0", 1500);
        using var probe = await Probe.StartAsync(space, "tun-hold", "tun0");
        Assert.Equal("send Sent", await Probe.AskAsync(probe, "send", "send"));
        _ = space.RunChecked("ip", "link", "set", "tun0", "down");
        Assert.Equal("send Failed", await Probe.AskAsync(probe, "send", "send"));
        await Probe.AssertIdleAsync(space, probe);
        Assert.Contains("sent 1 lost 1", await Probe.AskAsync(probe, "counters", "turns"), StringComparison.Ordinal);
        _ = space.RunChecked("ip", "link", "set", "tun0", "up");
        Assert.Equal("send Sent", await Probe.AskAsync(probe, "send", "send"));
    }

    [Fact]
    public async Task Removing_the_interface_disconnects_the_device_and_the_loop_does_not_spin()
    {
        using var space = Probe.Namespace();
        space.AddTun("tun0", 1500, "10.9.0.1/24");
        using var probe = await Probe.StartAsync(space, "tun-answer", "tun0", "10.9.0.2");
        _ = space.RunChecked("ip", "link", "del", "tun0");
        _ = await probe.WaitForLineAsync(line => line == "disconnected", Probe.Bound());
        Assert.Equal("send Disconnected", await Probe.AskAsync(probe, "send", "send"));
        await Probe.AssertIdleAsync(space, probe);
        probe.CloseInput();
        Assert.Equal(0, await probe.WaitForExitAsync(Probe.Bound()));
    }

    [Fact]
    public async Task A_device_stays_attached_to_an_interface_that_is_moved_into_another_namespace()
    {
        using var outside = Probe.Namespace();
        outside.AddTun("tun0", 1500);
        using var probe = await Probe.StartAsync(outside, "tun-answer", "tun0", "10.9.0.2");
        using var inside = Probe.Namespace();
        Assert.SkipUnless(inside.IsPrivileged, "moving an interface between namespaces of different users needs root");
        outside.Move("tun0", inside);
        _ = inside.RunChecked("ip", "addr", "add", "10.9.0.1/24", "dev", "tun0");
        _ = inside.RunChecked("ip", "link", "set", "tun0", "up");
        _ = await inside.EchoAsync("10.9.0.2", 10, ["-i", "0.002"], Probe.Bound());
    }
}
