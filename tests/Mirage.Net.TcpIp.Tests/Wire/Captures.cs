namespace Mirage.Net.TcpIp.Tests.Wire;

/// <summary>Frames that two Linux hosts, 10.9.0.1 and 10.9.0.2, exchanged, with checksums by software.</summary>
internal static class Captures
{
    public static readonly IpAddress HostA = new Ipv4Address(10, 9, 0, 1);
    public static readonly IpAddress HostB = new Ipv4Address(10, 9, 0, 2);
    public static readonly MacAddress MacA = MacAddress.Local(10);
    public static readonly MacAddress MacB = MacAddress.Local(11);

    public static byte[] ArpRequest => Convert.FromHexString(
        "ffffffffffff02000000000a0806000108000604000102000000000a0a0900010000000000000a090002");

    public static byte[] ArpReply => Convert.FromHexString(
        "02000000000a02000000000b0806000108000604000202000000000b0a09000202000000000a0a090001");

    public static byte[] EchoRequest => Convert.FromHexString(
        "02000000000b02000000000a08004500002ca6464000400180760a0900010a090002080037191b60000104ac026b00000000"
        + "936e0b0000000000");

    public static byte[] EchoReply => Convert.FromHexString(
        "02000000000a02000000000b08004500002c5e5300004001086a0a0900020a09000100003f191b60000104ac026b00000000"
        + "936e0b0000000000");

    public static byte[] UdpHello => Convert.FromHexString(
        "02000000000b02000000000a080045000021bf934000401167240a0900010a0900029a1e14e9000df8e568656c6c6f");

    public static byte[] UdpToClosedPort => Convert.FromHexString(
        "02000000000b02000000000a08004500001dbf944000401167270a0900010a090002ba4200090009b97b78");

    public static byte[] PortUnreachable => Convert.FromHexString(
        "02000000000a02000000000b080045c000395e680000400107880a0900020a0900010303112c000000004500001dbf944000"
        + "401167270a0900010a090002ba4200090009b97b78");

    public static byte[] TcpSyn => Convert.FromHexString(
        "02000000000b02000000000a08004500003ce27d40004006442a0a0900010a0900029c26000721ac0a3d00000000a002faf0"
        + "da540000020405b40402080a4f9446f8000000000103030a");

    public static byte[] TcpSynAck => Convert.FromHexString(
        "02000000000a02000000000b08004500003c00004000400626a80a0900020a09000100079c26822dc7b521ac0a3ea012fe88"
        + "1a250000020405b40402080a67440b5f4f9446f80103030a");

    public static byte[] TcpAck => Convert.FromHexString(
        "02000000000b02000000000a080045000034e27e4000400644310a0900010a0900029c26000721ac0a3e822dc7b68010003f"
        + "473e00000101080a4f9446f867440b5f");

    public static byte[] TcpData => Convert.FromHexString(
        "02000000000b02000000000a080045000039e27f40004006442b0a0900010a0900029c26000721ac0a3e822dc7b68018003f"
        + "035f00000101080a4f9446f867440b5f68656c6c6f");

    public static byte[] TcpFin => Convert.FromHexString(
        "02000000000b02000000000a080045000034e28040004006442f0a0900010a0900029c26000721ac0a43822dc7b68011003f"
        + "466f00000101080a4f9447c167440b5f");

    public static byte[] TcpSackOfThree => Convert.FromHexString(
        "02000000000a02000000000b0800450000507fd540004006a6be0a0900020a09000100079b9478d17c8b15ec4db5f0100040"
        + "2b6200000101080a85adba6bc14e70640101051a15ec4edc15ec4ee115ec4e7815ec4e7d15ec4e1415ec4e19");

    public static byte[] TcpRst => Convert.FromHexString(
        "02000000000b02000000000a08004500002800004000400626bc0a0900010a0900029b94000715ec4db60000000050040000"
        + "9c8e0000");
}
