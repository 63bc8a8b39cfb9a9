namespace Mirage.Testing.Scripts;

/// <summary>The flags of a TCP header (RFC 9293 §3.1, RFC 3168), and AE (RFC 9768).</summary>
[Flags]
internal enum TcpBits
{
    None = 0,
    Fin = 1,
    Syn = 2,
    Rst = 4,
    Psh = 8,
    Ack = 16,
    Urg = 32,
    Ece = 64,
    Cwr = 128,
    Ae = 256,
}

internal static class TcpBitsText
{
    public const TcpBits Ecn = TcpBits.Ece | TcpBits.Cwr | TcpBits.Ae;

    private const string Letters = "FSRP.UEWA";

    /// <summary>The flag that a letter stands for.</summary>
    public static TcpBits Parse(char letter) => Letters.IndexOf(letter) is var index and >= 0 ? (TcpBits)(1 << index) : TcpBits.None;

    /// <summary>The flags as scripts write them, the acknowledgement's dot last.</summary>
    public static string Format(TcpBits flags)
    {
        var text = string.Concat(Letters.Where((letter, i) => letter != '.' && ((int)flags & (1 << i)) != 0)) + ((flags & TcpBits.Ack) != 0 ? "." : "");
        return text.Length == 0 ? "-" : text;
    }
}
