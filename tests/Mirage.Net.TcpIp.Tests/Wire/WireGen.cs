using FsCheck;
using FsCheck.Fluent;

namespace Mirage.Net.TcpIp.Tests.Wire;

/// <summary>Generators over whole ranges; FsCheck's own favour small numbers.</summary>
internal static class WireGen
{
    public static Gen<byte> Byte { get; } = Gen.Choose(0, 255).Select(x => (byte)x);

    public static Gen<ushort> UInt16 { get; } = Gen.Frequency(
        (1, Gen.Elements<ushort>(0, 1, 0x7fff, 0x8000, 0xfffe, 0xffff)),
        (4, Gen.Choose(0, 0xffff).Select(x => (ushort)x)));

    public static Gen<uint> UInt32 { get; } = Gen.Frequency(
        (1, Gen.Elements(0u, 1u, 0x7fff_ffffu, 0x8000_0000u, 0xffff_fffeu, 0xffff_ffffu)),
        (4, from high in Gen.Choose(0, 0xffff) from low in Gen.Choose(0, 0xffff) select ((uint)high << 16) | (uint)low));

    public static Gen<Ipv4Address> Ipv4 { get; } = UInt32.Select(x => new Ipv4Address(x));

    public static Gen<Ipv6Address> Ipv6 { get; } = Bytes(Ipv6Address.Size).Select(x => new Ipv6Address(x));

    public static Gen<MacAddress> Mac { get; } = Bytes(MacAddress.Size).Select(x => new MacAddress(x));

    public static Gen<bool> Bool { get; } = Gen.Elements(false, true);

    public static Gen<byte[]> Bytes(int length) => Byte.ArrayOf(length);

    public static Gen<byte[]> BytesUpTo(int length) => Gen.Choose(0, length).SelectMany(Bytes);

    public static void Check<T>(Gen<T> gen, Action<T> body) => Prop.ForAll(Arb.From(gen), body).QuickCheckThrowOnFailure();
}
