using Mirage.Net.Virtual;
using Xunit.Sdk;

namespace Mirage.Testing.Tests;

/// <summary>A device that breaks a rule fails the test of that rule, and the failure says what was expected.</summary>
public sealed class SuiteTests
{
    [Fact]
    public void A_device_that_keeps_the_rules_passes()
    {
        var suite = new Suite(Fault.None);

        suite.A_frame_arrives_as_it_was_written();
        suite.Frames_arrive_in_order_and_within_the_budget();
        suite.Counters_count_frames_and_bytes();
        suite.A_frame_larger_than_the_MTU_is_not_lent();
        suite.A_frame_that_arrives_wakes_the_loop();
        suite.Room_in_a_device_that_was_full_wakes_the_loop();
        suite.After_disconnecting_nothing_is_lent_or_received_and_doing_it_again_does_nothing();
    }

    [Fact]
    public void Wrong_bytes_show() => Fails(Fault.WrongByte, suite => suite.A_frame_arrives_as_it_was_written(), "Expected", "Actual");

    [Fact]
    public void A_budget_that_is_ignored_shows() => Fails(Fault.IgnoresBudget, suite => suite.Frames_arrive_in_order_and_within_the_budget(), "Expected: 3", "Actual:   10");

    [Fact]
    public void Counters_that_do_not_count_show() => Fails(Fault.CountsNothing, suite => suite.Counters_count_frames_and_bytes(), "SentFrames = 2", "SentFrames = 0");

    [Fact]
    public void Frames_that_are_lent_though_too_large_show() => Fails(Fault.LendsTooMuch, suite => suite.A_frame_larger_than_the_MTU_is_not_lent(), "Expected: TooLarge", "Actual:   Lent");

    [Fact]
    public void A_loop_that_is_not_woken_shows() => Fails(Fault.SleepsOn, suite => suite.A_frame_that_arrives_wakes_the_loop(), "the device did not wake its loop");

    private static void Fails(Fault fault, Action<Suite> rule, params string[] reasons)
    {
        var failure = Assert.ThrowsAny<XunitException>(() => rule(new Suite(fault)));
        Assert.All(reasons, reason => Assert.Contains(reason, failure.Message, StringComparison.Ordinal));
    }

    private enum Fault
    {
        None,
        WrongByte,
        IgnoresBudget,
        CountsNothing,
        LendsTooMuch,
        SleepsOn,
    }

#pragma warning disable xUnit1000 // not to be found: its tests are called one by one
    private sealed class Suite(Fault fault) : NetworkBehaviour<Broken>
    {
        protected override void Connected(Func<Loop, Broken, Broken, Task> test, int mtu = 1500)
        {
            var loop = new SimulatedLoop(1);
            var cable = new VirtualSwitch(loop);
            var extra = fault == Fault.LendsTooMuch ? 100 : 0;
            loop.Run(() => test(loop, new(cable.Connect(mtu + extra), new(), fault, mtu), new(cable.Connect(mtu + extra), new(), fault, mtu)));
        }

        protected override Task ArriveAsync() => Task.CompletedTask;
    }

    private readonly struct Broken(VirtualNetwork network, Naps naps, Fault fault, int mtu) : INetwork
    {
        public static NetworkOffload Offload => NetworkOffload.None;

        public bool IsDefault => network.IsDefault;

        public MacAddress Mac => network.Mac;

        public int Mtu => mtu;

        public NetworkCounters Counters => fault == Fault.CountsNothing ? default : network.Counters;

        public DeviceError Failure => network.Failure;

        public LendStatus Rent(int length, out Span<byte> frame) => network.Rent(length, out frame);

        public SendStatus Send(int length, in FrameInfo info) => network.Send(length, in info);

        public void Return() => network.Return();

        public int Receive<THandler>(int budget, THandler handler)
            where THandler : struct, IFrameHandler
            => fault == Fault.SleepsOn && naps.IsAsleep(network.Counters.ReceivedFrames) ? 0 : network.Receive(fault == Fault.IgnoresBudget ? int.MaxValue : budget, new Spoiler<THandler>(handler, fault));

        public ValueTask DisconnectAsync() => network.DisconnectAsync();
    }

    /// <summary>Every second time it is asked, a device that sleeps on has nothing.</summary>
    private sealed class Naps
    {
        private int _asked;

        public bool IsAsleep(long received) => received == 0 && _asked++ % 2 == 1;
    }

    private readonly struct Spoiler<THandler>(THandler handler, Fault fault) : IFrameHandler
        where THandler : struct, IFrameHandler
    {
        public void OnFrame(ReadOnlySpan<byte> frame, in FrameInfo info)
        {
            var copy = frame.ToArray();
            copy[^1] ^= (byte)(fault == Fault.WrongByte ? 1 : 0);
            handler.OnFrame(copy, in info);
        }
    }
}
