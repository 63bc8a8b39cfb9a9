namespace Mirage.Net.Tap.Tests;

public sealed class TapOpeningTests
{
    [Theory]
    [InlineData("")]
    [InlineData("sixteen-bytes-xx")]
    [InlineData("tap%d")]
    [InlineData("a/b")]
    [InlineData("..")]
    [InlineData("äöüäöüäö")]
    public void A_name_that_cannot_be_is_invalid(string name)
    {
        using var loop = new HostLoop();
        var error = TapNetwork.Open(new HostPlatform(loop), name).Error;
        Assert.Equal(ErrorKind.Invalid, error.Kind);
        Assert.True(error.TryGetDetail<TapError>(out var detail));
        Assert.Equal((name, 0), (detail.Interface, detail.Errno));
    }

    [Fact]
    public void A_group_address_is_invalid()
    {
        using var loop = new HostLoop();
        Assert.Equal(ErrorKind.Invalid, TapNetwork.Open(new HostPlatform(loop), "tap0", new TapOptions { Mac = MacAddress.Broadcast }).Error.Kind);
    }

    [Fact]
    public void An_interface_that_does_not_exist_is_not_found_and_not_made()
    {
        using var space = Probe.Namespace();
        var answer = Probe.Open(space, "tap7");
        Assert.StartsWith("error NotFound no TAP interface 'tap7' here; create it with: sudo ip tuntap add dev tap7 mode tap", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("tap7", space.RunChecked("ip", "link"), StringComparison.Ordinal);
    }

    [Fact]
    public void An_interface_of_another_kind_is_invalid()
    {
        using var space = Probe.Namespace();
        Assert.StartsWith("error Invalid 'lo' is not a TAP interface", Probe.Open(space, "lo"), StringComparison.Ordinal);
        _ = space.RunChecked("ip", "tuntap", "add", "dev", "tun0", "mode", "tun");
        Assert.StartsWith("error Invalid 'tun0' is not a TAP interface", Probe.Open(space, "tun0"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interface_that_another_program_has_open_is_in_use()
    {
        using var space = Probe.Namespace();
        space.AddTap("tap0", null);
        using var holder = await Probe.StartAsync(space, "hold", "tap0");
        Assert.StartsWith("error InUse another program has 'tap0' open", Probe.Open(space, "tap0"), StringComparison.Ordinal);
        holder.CloseInput();
        Assert.Equal(0, await holder.WaitForExitAsync(Probe.Bound()));
        Assert.StartsWith("opened tap0", Probe.Open(space, "tap0"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_MTU_is_the_interfaces_and_the_address_is_local_and_another_one_each_time()
    {
        using var space = Probe.Namespace();
        space.AddTap("tap0", null, 9000);
        var (first, second) = (Probe.Open(space, "tap0"), Probe.Open(space, "tap0"));
        Assert.StartsWith("opened tap0 mtu 9000 mac 02:", first, StringComparison.Ordinal);
        Assert.NotEqual(first, second);
    }

    [Fact]
    public void An_interface_of_another_user_is_not_permitted()
    {
        using var space = Probe.Namespace();
        Assert.SkipUnless(space.IsPrivileged, "giving the interface to another user needs root");
        _ = space.RunChecked("ip", "tuntap", "add", "dev", "tap0", "mode", "tap", "user", "12345");
        var outcome = space.Run("setpriv", ["--bounding-set", "-all", "--inh-caps", "-all", Probe.Host, .. Probe.Arguments("open", "tap0")]);
        Assert.StartsWith("error NotPermitted not permitted to attach to 'tap0'", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_kernel_without_TAP_is_not_found()
    {
        using var space = Probe.Namespace();
        space.AddTap("tap0", null);
        var outcome = space.Run(
            "unshare",
            ["--mount", "sh", "-c", "mount -t tmpfs none /dev/net && exec \"$@\"", "sh", Probe.Host, .. Probe.Arguments("open", "tap0")]);
        Assert.True(outcome.Output.StartsWith("error NotFound /dev/net/tun is missing", StringComparison.Ordinal), outcome.ToString());
    }
}
