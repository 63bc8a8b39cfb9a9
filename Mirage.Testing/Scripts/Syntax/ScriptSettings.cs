using System.Globalization;

namespace Mirage.Testing.Scripts;

/// <summary>What the options of a script say; where they do not, what packetdrill has.</summary>
internal sealed class ScriptSettings
{
    private const string Flag = "";

    // Options for what is not here: other machines, real interfaces, other programs. They are known, and change nothing.
    private static readonly HashSet<string> WithoutEffect =
    [
        "netmask_ip", "speed", "init_scripts", "code_command", "code_format", "code_sockopt", "wire_client_dev", "wire_server_dev", "send_omit_free", "debug", "verbose",
        "is_anyip",
    ];

    private readonly HashSet<string> _given = [];

    /// <summary><c>--define</c>: names, and what stands for them.</summary>
    public Dictionary<string, string> Definitions { get; } = [];

    /// <summary>Notes for whoever reads the outcome.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>Whether sockets are of IPv6 that carry mapped IPv4 addresses.</summary>
    public bool IsMapped { get; private set; }

    /// <summary>The version of the packets: 4 or 6.</summary>
    public int WireVersion { get; private set; } = 4;

    public ushort BindPort { get; private set; } = 8080;

    public ushort ConnectPort { get; private set; } = 8080;

    public IpAddress LocalAddress { get; private set; }

    public IpAddress RemoteAddress { get; private set; }

    public IpAddress Gateway { get; private set; }

    public int Mtu { get; private set; } = 1500;

    /// <summary>How far from its time something may happen, in microseconds.</summary>
    public long Tolerance { get; private set; } = 4000;

    /// <summary>The same as a part of the time since the line before.</summary>
    public double ToleranceRatio { get; private set; } = 0.125;

    /// <summary>The unit of timestamps in microseconds; with 0 their values are not compared.</summary>
    public int TimestampTick { get; private set; }

    /// <summary>Whether echoed timestamps that never left are taken to be as far from the first as in the script.</summary>
    public bool ScalesEchoes { get; private set; }

    /// <summary>Whether each segment is a line of its own.</summary>
    public bool IsStrict { get; private set; }

    /// <summary>Whether a packet that is not as expected is a note only.</summary>
    public bool PacketsAreNotFatal { get; private set; }

    /// <summary>Whether a call that ends otherwise than expected is a note only.</summary>
    public bool CallsAreNotFatal { get; private set; }

    /// <summary>Whether the script is read and not run.</summary>
    public bool IsDry { get; private set; }

    public void Set(string option, SourcePosition position)
    {
        var equals = option.IndexOf('=', StringComparison.Ordinal);
        var name = equals < 0 ? option : option[..equals];
        var value = equals < 0 ? Flag : option[(equals + 1)..].Trim('"');
        _ = _given.Add(name);
        try
        {
            Set(name, value, equals < 0 ? "" : option[(equals + 1)..]);
        }
        catch (FormatException failure)
        {
            throw new ScriptException(position, $"--{option}: {failure.Message}");
        }
    }

    /// <summary>Fills in what depends on the version.</summary>
    public void Complete()
    {
        // RFC 5737 and RFC 3849: documentation's addresses are nobody's.
        LocalAddress = Or(LocalAddress, "192.168.0.2", "fd3d:fa7b:d17d::2");
        RemoteAddress = Or(RemoteAddress, "192.0.2.1", "2001:db8::1");
        Gateway = Or(Gateway, "192.168.0.1", "fd3d:fa7b:d17d:8888::1");
    }

    private IpAddress Or(IpAddress given, string four, string six)
    {
        var address = given == IpAddress.None ? IpAddress.Parse(WireVersion == 6 ? six : four, CultureInfo.InvariantCulture) : given;
        return address.IsV4 == (WireVersion == 4)
            ? address
            : throw new ScriptException(default, $"the address {address} is not of the version of the script, which is IPv{WireVersion}: say --ip_version");
    }

    private void Set(string name, string value, string raw)
    {
        switch (name)
        {
            case "ip_version":
                (WireVersion, IsMapped) = value switch
                {
                    "ipv4" => (4, false),
                    "ipv6" => (6, false),
                    "ipv4-mapped-ipv6" => (4, true),
                    _ => throw new FormatException("the versions are ipv4, ipv6 and ipv4-mapped-ipv6"),
                };
                break;
            case "bind_port":
                BindPort = (ushort)Number(value, 1, ushort.MaxValue);
                break;
            case "connect_port":
                ConnectPort = (ushort)Number(value, 1, ushort.MaxValue);
                break;
            case "local_ip":
                LocalAddress = Address(value);
                break;
            case "remote_ip":
                RemoteAddress = Address(value);
                break;
            case "gateway_ip":
                Gateway = Address(value);
                break;
            case "mtu":
                Mtu = (int)Number(value, 68, 65_535);
                break;
            case "mss":
                Notes.Add("--mss says how packetdrill's segments are joined; here they are not");
                _ = Number(value, 1, ushort.MaxValue);
                break;
            case "tolerance_usecs":
                Tolerance = Number(value, 1, int.MaxValue);
                break;
            case "tolerance_percent":
                ToleranceRatio = double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var percent) && percent is >= 0 and <= 100
                    ? percent / 100
                    : throw new FormatException("a percentage is 0 to 100");
                break;
            case "tcp_ts_tick_usecs":
                TimestampTick = (int)Number(value, 0, 1_000_000);
                break;
            case "tcp_ts_ecr_scaled":
                ScalesEchoes = value == Flag ? true : throw new FormatException("this option has no value");
                break;
            case "strict_segments":
                IsStrict = value == Flag ? true : throw new FormatException("this option has no value");
                break;
            case "dry_run":
                IsDry = value == Flag ? true : throw new FormatException("this option has no value");
                break;
            case "non_fatal":
                PacketsAreNotFatal = value.Contains("packet", StringComparison.Ordinal);
                CallsAreNotFatal = value.Contains("syscall", StringComparison.Ordinal);
                break;
            case "define":
                var equals = raw.IndexOf('=', StringComparison.Ordinal);
                Definitions[equals > 0 ? raw[..equals] : throw new FormatException("a definition is NAME=value")] = raw[(equals + 1)..];
                break;
            default:
                if (!WithoutEffect.Contains(name))
                {
                    throw new FormatException("this option is not understood");
                }

                break;
        }
    }

    private static long Number(string value, long minimum, long maximum)
        => long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= minimum && number <= maximum
            ? number
            : throw new FormatException($"expected a number from {minimum} to {maximum}");

    // packetdrill's remote address is a network; its own address is what comes before the slash.
    private static IpAddress Address(string value)
        => IpAddress.TryParse(value.Split('/')[0], CultureInfo.InvariantCulture, out var address) ? address : throw new FormatException("this is no address");
}
