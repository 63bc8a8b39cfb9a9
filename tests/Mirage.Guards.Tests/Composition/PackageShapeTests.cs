using System.Reflection;
using System.Runtime.CompilerServices;
using Mirage.Net.Socket;
using Mirage.Net.Tap;
using Mirage.Net.TcpIp;
using Mirage.Net.Virtual;

namespace Mirage.Guards.Tests.Composition;

/// <summary>The shape that devices, stacks, flows and platforms have in every package, so that composing them costs nothing.</summary>
public class PackageShapeTests
{
    private const BindingFlags Declared = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    // What is passed down by value for the length of a call, and may carry what it likes.
    private static readonly Type[] _handlers =
        [typeof(IFlowHandler), typeof(IDatagramHandler), typeof(IFrameHandler), typeof(IEthernetHandler), typeof(IIpHandler), typeof(IIpErrorHandler), typeof(IUndeliveredHandler)];

    private static readonly Assembly[] _packages =
    [
        typeof(IFlow).Assembly, typeof(HostPlatform).Assembly, typeof(UnixConsole).Assembly, typeof(SocketStack).Assembly,
        typeof(TapNetwork).Assembly, typeof(TcpFlow).Assembly, typeof(VirtualNetwork).Assembly,
        typeof(Mirage.Net.Dhcp.DhcpLease).Assembly, typeof(Mirage.Net.Dns.DomainName).Assembly,
    ];

    public static TheoryData<string> Handles => [.. AllHandles.Select(type => type.FullName!)];

    private static IEnumerable<Type> Types => _packages.SelectMany(package => package.GetTypes());

    private static IEnumerable<Type> AllHandles
        => Types.Where(type => type.IsValueType && MirageInterfaces(type).Any() && !MirageInterfaces(type).Intersect(_handlers).Any());

    [Fact]
    public void Every_parameter_of_a_device_is_a_value_type()
        => Assert.Equal([], Types
            .Where(type => type.IsGenericTypeDefinition && (MirageInterfaces(type).Any() || (type.IsInterface && type.Assembly == typeof(IFlow).Assembly)))
            .SelectMany(type => type.GetGenericArguments().Where(MayBeClass).Select(parameter => $"{type}: {parameter}")));

    [Fact]
    public void Every_parameter_that_stands_for_a_device_is_a_value_type()
    {
        var ofTypes = Types.Where(type => type.IsGenericTypeDefinition)
            .SelectMany(type => type.GetGenericArguments().Select(parameter => (Where: type.ToString(), Parameter: parameter)));
        var ofMethods = Types.SelectMany(type => type.GetMethods(Declared)).Where(method => method.IsGenericMethodDefinition)
            .SelectMany(method => method.GetGenericArguments().Select(parameter => (Where: $"{method.DeclaringType}.{method}", Parameter: parameter)));
        var devices = ofTypes.Concat(ofMethods).Where(item => TypeArguments.IsDevice(item.Parameter)).ToList();
        Assert.True(devices.Count > 100, "the parameters are not seen");
        Assert.Equal([], devices.Where(item => MayBeClass(item.Parameter)).Select(item => $"{item.Where}: {item.Parameter}"));
    }

    [Fact]
    public void The_shape_of_what_is_not_right_is_seen()
    {
        Assert.True(MayBeClass(typeof(Loose<,>).GetGenericArguments()[0]));
        Assert.True(TypeArguments.IsDevice(typeof(Loose<,>).GetGenericArguments()[0]));
        Assert.NotNull(FaultOf(typeof(Loose<,>)));
    }

    [Theory]
    [MemberData(nameof(Handles))]
    public void A_handle_is_one_reference_and_at_most_a_generation(string handle)
        => Assert.Null(FaultOf(AllHandles.Single(type => type.FullName == handle)));

    private static string? FaultOf(Type handle)
    {
        var fields = handle.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);
        var references = fields.Count(field => !field.FieldType.IsValueType);
        var others = fields.Where(field => field.FieldType.IsValueType).ToList();
        return !handle.IsDefined(typeof(IsReadOnlyAttribute), false) ? $"{handle} is not readonly"
            : references > 1 ? $"{handle} has {references} references"
            : others.Exists(field => field.FieldType != typeof(long) || !field.Name.Contains("generation", StringComparison.OrdinalIgnoreCase)) || others.Count > 1
                ? $"{handle} has {string.Join(", ", others.Select(field => field.Name))} beside its reference"
            : null;
    }

    private static IEnumerable<Type> MirageInterfaces(Type type) => type.GetInterfaces().Where(face => face.Assembly == typeof(IFlow).Assembly);

    private static bool MayBeClass(Type parameter)
        => (parameter.GenericParameterAttributes & GenericParameterAttributes.NotNullableValueTypeConstraint) == 0;

    private struct Loose<TNetwork, TLabel>(TNetwork network, TLabel first, string second) : IWallClock
        where TNetwork : INetwork
    {
        public TNetwork Network = network;
        public TLabel Label = first;
        public string Name = second;

        public readonly DateTimeOffset UtcNow => default;
    }
}
