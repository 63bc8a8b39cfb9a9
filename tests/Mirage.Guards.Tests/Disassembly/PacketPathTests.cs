using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using Mirage.Net.Tap;
using Mirage.Net.TcpIp;

namespace Mirage.Guards.Tests.Disassembly;

/// <summary>
/// What composing by type arguments is to cost, read off the machine code: nothing. The stack of the "tap" target runs with traffic in a process of its own,
/// over two devices that are connected to each other, fully optimized at the first call; see the program PacketPath.
/// </summary>
public sealed class PacketPathTests : IClassFixture<PacketPathTests.Listings>
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    // From the device to TCP's input, and from TCP's output to the device.
    private static readonly string[] _named =
    [
        "StackLayers.Poll", "TapNetwork.Receive", "TunTapDevice.Receive", "TunTapDevice.TryRead", "Ethernet.Receive", "EthernetLayer.Receive", "Input.OnFrame",
        "FrameInput.OnFrame", "Ipv4.Input", "Ipv4Layer.Input", "Ipv4Layer.Deliver", "PacketInput.OnPacket", "Tcp.Input", "TcpLayer.Input",
        "TcpLayer.InputSynchronized", "TcpLayer.CheckTimestamp", "TcpLayer.CheckSequence", "TcpLayer.InputAcknowledgement", "TcpLayer.Advance",
        "TcpLayer.InputText", "TcpLayer.TakeText", "TcpLayer.TakeInOrder", "ConnectionTable.Find",
        "TcpLayer.Poll", "TcpLayer.RunOutput", "TcpLayer.Output", "TcpLayer.OutputNew", "TcpLayer.SendText", "TcpLayer.SendAcknowledgement",
        "TcpLayer.Send", "TcpLayer.SendFrame", "Ipv4.Rent", "Ipv4Layer.Rent", "Ipv4.Send", "Ipv4Layer.Send", "Arp.Rent", "ArpLayer.Rent", "Arp.Send",
        "ArpLayer.Send", "Ethernet.Rent", "EthernetLayer.Rent", "Ethernet.Send", "EthernetLayer.Send", "TapNetwork.Rent", "TunTapDevice.Rent",
        "Ip.Rent", "IpLayer.Rent", "Ip.Send", "IpLayer.Send", "Ipv6.Input", "Ipv6Layer.Input", "Ipv6Layer.InputHeaders",
        "Ipv6Layer.Deliver", "Ipv6.Rent", "Ipv6Layer.Rent", "Ipv6.Send", "Ipv6Layer.Send", "Ndp.Rent", "NdpLayer.Rent", "Ndp.Send",
        "NdpLayer.Send", "NdpLayer.Input",
        "TapNetwork.Send", "TunTapDevice.Send",
    ];

    // Only where the device's type names offload.
    private static readonly string[] _offload =
        ["TcpLayer.SuperSegmentLength", "TcpLayer.AddSuperSegment", "TcpLayer.SendPartial", "TcpLayer.CountJoined"];

    private readonly Listings _listings;

    public PacketPathTests(Listings listings) => _listings = listings;

    [Fact]
    public void Nothing_on_the_packet_path_is_chosen_at_run_time()
        => Assert.Equal([], _listings.Tap.Violations);

    [Fact]
    public void Nor_on_that_over_a_packet_device()
    {
        Assert.Equal([], _listings.Tun.Violations);
        string[] named = ["PacketStackLayers.Poll", "TunDevice.Receive", "TunTapDevice.Receive", "PacketInput.OnFrame", "UdpLayer.InputForwarded", "PacketLink.Rent", "TunDevice.Rent", "TunDevice.Send"];
        Assert.Equal([], named.Where(name => !_listings.Tun.Covers(name)));
    }

    [Fact]
    public void Over_a_device_without_offload_there_is_no_code_for_it()
    {
        Assert.Equal([], _listings.Offload.Violations);
        Assert.Equal([], _offload.Where(name => !_listings.Offload.Covers(name)));
        Assert.Equal([], Conditions(_listings.Offload));
        foreach (var path in new[] { _listings.Tap, _listings.Tun })
        {
            Assert.Equal([], Conditions(path));
            Assert.Equal([], path.Methods.Select(method => method.ShortName).Intersect(_offload));
        }

        // What is a constant is not asked for.
        static IEnumerable<string> Conditions(PacketPath path)
            => path.Methods.Select(method => method.ShortName).Where(name => name.Contains(".get_Offload", StringComparison.Ordinal)
                || name is "TcpLayer.get_TakesJoined" or "Ipv4Layer.IsCutByDevice" or "Ipv6Layer.IsCutByDevice");
    }

    [Fact]
    public void The_packet_path_is_as_long_as_it_should_be()
        => Assert.Equal([], _named.Where(name => !_listings.Tap.Covers(name)));

    [Fact]
    public void Every_exception_is_needed()
        => Assert.Equal([], _listings.Tap.UnusedExceptions.Intersect(_listings.Tun.UnusedExceptions));

    [Fact]
    public void The_named_methods_exist()
    {
        var types = new[] { typeof(TcpFlow), typeof(TapNetwork) }.SelectMany(type => type.Assembly.GetTypes()).ToList();
        const BindingFlags Any = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        Assert.Equal([], _named.Where(name => !types.Exists(type =>
            type.Name.Split('`')[0] == name.Split('.')[0] && type.GetMethods(Any).Any(method => method.Name == name.Split('.')[1]))));
    }

    [Fact]
    public void One_class_among_the_type_arguments_is_found()
    {
        var violations = _listings.ClassArgument.Violations.ToList();
        Assert.Contains(violations, violation => violation.Contains("StackLayers`3", StringComparison.Ordinal) && violation.EndsWith(": shared generic code", StringComparison.Ordinal));
        Assert.Contains(violations, violation => violation.Contains(": Lookup call of RUNTIMEHANDLE", StringComparison.Ordinal));
        Assert.Contains(violations, violation => violation.Contains(": Computed call of ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("[Mirage.Net.TcpIp.BufferPool:Rent(int):byte[]:this]", nameof(CallKind.Direct), "Mirage.Net.TcpIp.BufferPool:Rent(int):byte[]:this")]
    [InlineData("System.Environment:get_CurrentManagedThreadId():int", nameof(CallKind.Direct), "System.Environment:get_CurrentManagedThreadId():int")]
    [InlineData("G_M000_IG07", nameof(CallKind.Direct), "G_M000_IG07")]
    [InlineData("[rax+0x20]Mirage.Net.TcpIp.FlowOperation:RunContinuation():this", nameof(CallKind.Virtual), "Mirage.Net.TcpIp.FlowOperation:RunContinuation():this")]
    [InlineData("[r11]System.IDisposable:Dispose():this", nameof(CallKind.Virtual), "System.IDisposable:Dispose():this")]
    [InlineData("[rdi+0x18]System.Action`1[System.__Canon]:Invoke(System.__Canon):this", nameof(CallKind.Virtual), "System.Action`1[System.__Canon]:Invoke(System.__Canon):this")]
    [InlineData("rax", nameof(CallKind.Computed), "rax")]
    [InlineData("r9", nameof(CallKind.Computed), "r9")]
    [InlineData("rax ; Interop+Sys:GetErrNo():int", nameof(CallKind.Native), "Interop+Sys:GetErrNo():int")]
    [InlineData("CORINFO_HELP_RNGCHKFAIL", nameof(CallKind.Helper), "RNGCHKFAIL")]
    [InlineData("[CORINFO_HELP_STRCNS]", nameof(CallKind.Helper), "STRCNS")]
    [InlineData("CORINFO_HELP_RUNTIMEHANDLE_METHOD", nameof(CallKind.Lookup), "RUNTIMEHANDLE_METHOD")]
    [InlineData("[CORINFO_HELP_VIRTUAL_FUNC_PTR]", nameof(CallKind.Lookup), "VIRTUAL_FUNC_PTR")]
    public void A_call_is_read_for_what_it_is(string operand, string kind, string target)
        => Assert.Equal((kind, target), (Call.Parse(operand).Kind.ToString(), Call.Parse(operand).Target));

    public sealed class Listings
    {
        private readonly Lazy<PacketPath> _tap = new(() => new(JitListing.Read(Run("tap")), "StackLayers.Poll"));
        private readonly Lazy<PacketPath> _tun = new(() => new(JitListing.Read(Run("tun")), "PacketStackLayers.Poll"));
        private readonly Lazy<PacketPath> _offload = new(() => new(JitListing.Read(Run("offload")), "StackLayers.Poll"));
        private readonly Lazy<PacketPath> _classArgument = new(() => new(JitListing.Read(Run("class-argument")), "StackLayers.Poll"));

        internal PacketPath Tap => _tap.Value;

        internal PacketPath Offload => _offload.Value;

        internal PacketPath Tun => _tun.Value;

        internal PacketPath ClassArgument => _classArgument.Value;

        private static string[] Run(string composition)
        {
            Assert.SkipUnless(
                RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64 && OperatingSystem.IsLinux(), "TAP is Linux's");
            Assert.SkipWhen(
                typeof(TcpFlow).Assembly.GetCustomAttribute<DebuggableAttribute>() is { IsJITOptimizerDisabled: true },
                "this reads optimized code, which a debug build has not: dotnet test -c Release");
            var listing = Path.GetTempFileName();
            try
            {
                var start = new ProcessStartInfo("dotnet", [Built.Program("PacketPath"), composition])
                {
                    RedirectStandardError = true,
                    Environment =
                    {
                        ["DOTNET_TieredCompilation"] = "0",
                        ["DOTNET_TieredPGO"] = "0",
                        ["DOTNET_JitDisasm"] = "Mirage*:*",
                        ["DOTNET_JitStdOutFile"] = listing,
                    },
                };
                using var process = Process.Start(start)!;
                var errors = process.StandardError.ReadToEndAsync();
                if (!process.WaitForExit(_limit))
                {
                    process.Kill();
                    Assert.Fail($"PacketPath {composition} did not end in {_limit}");
                }

                Assert.True(process.ExitCode == 0, errors.GetAwaiter().GetResult());
                return File.ReadAllLines(listing);
            }
            finally
            {
                File.Delete(listing);
            }
        }
    }
}
