using FsCheck;
using FsCheck.Fluent;

namespace Mirage.Types.Tests.Addresses;

/// <summary>Generators of addresses: all bits random, or few bits set, where runs of zeros are.</summary>
internal static class AddressGen
{
    private static Gen<byte> Byte { get; } = Gen.Choose(0, 255).Select(x => (byte)x);

    private static Gen<byte> SparseByte { get; } = Gen.Frequency((3, Gen.Constant((byte)0)), (1, Byte), (1, Gen.Constant((byte)255)));

    public static Gen<Ipv4Address> Ipv4 { get; } = Bytes(4).Select(x => new Ipv4Address(x));

    public static Gen<Ipv6Address> Ipv6 { get; } = Gen.Frequency(
        (6, Bytes(16).Select(x => new Ipv6Address(x))),
        (1, Ipv4.Select(Ipv6Address.Map)),
        (1, Ipv4.Select(x => new Ipv6Address(x.Value))));

    public static Gen<MacAddress> Mac { get; } = Bytes(6).Select(x => new MacAddress(x));

    public static Gen<IpAddress> Ip { get; } = Gen.OneOf(Ipv4.Select(x => new IpAddress(x)), Ipv6.Select(x => new IpAddress(x)));

    public static Gen<IpEndpoint> Endpoint { get; } =
        from address in Ip from port in Gen.Choose(0, 0xffff) select new IpEndpoint(address, (ushort)port);

    public static Gen<IpNetwork> Network { get; } =
        from address in Ip from length in Gen.Choose(0, address.IsV4 ? 32 : 128) select new IpNetwork(address, length);

    public static Gen<byte[]> Bytes(int length) => Gen.OneOf(Byte, SparseByte).ArrayOf(length);

    /// <summary>Text near enough to an address to get past the first checks.</summary>
    public static Gen<string> Garbage { get; } =
        from length in Gen.Choose(0, 50)
        from characters in Gen.Elements("0123456789abcdefABCDEF::::....//[]%-+ xX*\0é".ToCharArray()).ArrayOf(length)
        select new string(characters);

    public static void Check<T>(Gen<T> gen, Action<T> body) => Prop.ForAll(Arb.From(gen), body).QuickCheckThrowOnFailure();
}
