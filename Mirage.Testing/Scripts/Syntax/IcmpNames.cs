using System.Globalization;

namespace Mirage.Testing.Scripts;

/// <summary>The names that scripts have for ICMP types and codes (RFC 792, RFC 1812, RFC 4443).</summary>
internal static class IcmpNames
{
    private const byte Unreachable4 = 3;
    private const byte FragmentationNeeded = 4;
    private const byte PacketTooBig = 2;

    private static readonly Dictionary<string, byte> Types4 = new()
    {
        ["echo_reply"] = 0,
        ["unreachable"] = Unreachable4,
        ["source_quench"] = 4,
        ["redirect"] = 5,
        ["echo_request"] = 8,
        ["time_exceeded"] = 11,
        ["parameter_problem"] = 12,
        ["timestamp_request"] = 13,
        ["timestamp_reply"] = 14,
        ["information_request"] = 15,
        ["information_reply"] = 16,
        ["address_mask_request"] = 17,
        ["address_mask_reply"] = 18,
    };

    private static readonly Dictionary<string, byte> Types6 = new()
    {
        ["unreachable"] = 1,
        ["packet_too_big"] = PacketTooBig,
        ["time_exceeded"] = 3,
        ["parameter_problem"] = 4,
        ["echo_request"] = 128,
        ["echo_reply"] = 129,
    };

    private static readonly string[] Unreachable4Codes =
    [
        "net_unreachable", "host_unreachable", "protocol_unreachable", "port_unreachable", "frag_needed", "source_route_failed", "net_unknown", "host_unknown",
        "source_host_isolated", "net_prohibited", "host_prohibited", "net_unreachable_for_tos", "host_unreachable_for_tos", "packet_filtered",
        "precedence_violation", "precedence_cutoff",
    ];

    private static readonly string[] TimeExceeded4Codes = ["ttl_exceeded_in_transit", "fragment_reassembly_time_exceeded"];
    private static readonly string[] Unreachable6Codes = ["no_route", "admin_prohibited", "not_neighbour", "address_unreachable", "port_unreachable"];
    private static readonly string[] TimeExceeded6Codes = ["exceeded_hop_limit", "exceeded_frag_time"];
    private static readonly string[] ParameterProblem6Codes = ["header_field", "unknown_next_header", "unknown_option"];

    public static string Types(bool isV6) => string.Join(", ", (isV6 ? Types6 : Types4).Keys);

    public static string Codes(byte type, bool isV6) => string.Join(", ", CodeNames(type, isV6));

    public static bool TryType(string name, bool isV6, out byte type)
        => (isV6 ? Types6 : Types4).TryGetValue(name, out type) || TryNumber(name, "type_", out type);

    public static bool TryCode(byte type, string name, bool isV6, out byte code)
    {
        var index = Array.IndexOf(CodeNames(type, isV6), name);
        code = (byte)Math.Max(index, 0);
        return index >= 0 || TryNumber(name, "code_", out code);
    }

    public static bool HasMtu(byte type, byte code, bool isV6) => isV6 ? type == PacketTooBig && code == 0 : type == Unreachable4 && code == FragmentationNeeded;

    public static string Format(byte type, byte code, bool isV6)
    {
        var name = (isV6 ? Types6 : Types4).FirstOrDefault(pair => pair.Value == type).Key ?? $"type_{type}";
        var codes = CodeNames(type, isV6);
        return code < codes.Length ? $"{name} {codes[code]}" : $"{name} code_{code}";
    }

    private static string[] CodeNames(byte type, bool isV6) => (isV6, type) switch
    {
        (false, Unreachable4) => Unreachable4Codes,
        (false, 11) => TimeExceeded4Codes,
        (true, 1) => Unreachable6Codes,
        (true, 3) => TimeExceeded6Codes,
        (true, 4) => ParameterProblem6Codes,
        _ => [],
    };

    private static bool TryNumber(string name, string prefix, out byte number)
    {
        number = 0;
        return name.StartsWith(prefix, StringComparison.Ordinal)
            && byte.TryParse(name.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}
