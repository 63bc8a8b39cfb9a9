namespace Mirage.Testing.Scripts;

internal sealed partial class ScriptParser
{
    private const int MaximumOptionsLength = 40;

    /// <summary>The options of a TCP packet; <see langword="null"/> for any.</summary>
    private List<TcpOption>? Options(bool inbound)
    {
        var options = new List<TcpOption>();
        var start = Current.Position;

        // A packet that follows on the next line begins with a time, so this is no direction.
        if (!TrySkip('<'))
        {
            return options;
        }

        if (Current.Kind == TokenKind.Ellipsis)
        {
            if (inbound)
            {
                throw new ScriptException(Current.Position, "'<...>' is for packets that are expected (>) only: say which options to inject");
            }

            _at++;
            Skip('>');
            return null;
        }

        do
        {
            options.Add(Option());
        }
        while (TrySkip(','));
        Skip('>');
        var length = TcpOption.TotalLength(options);
        if (length % 4 != 0)
        {
            throw new ScriptException(start, $"these options take {length} bytes, which is no multiple of 4: pad with nop or eol");
        }

        return length <= MaximumOptionsLength
            ? options
            : throw new ScriptException(start, $"these options take {length} bytes; a header has room for {MaximumOptionsLength}");
    }

    private TcpOption Option()
    {
        var token = Next();
        if (token.Kind != TokenKind.Word)
        {
            throw Unexpected(token, "a TCP option");
        }

        switch (token.Text)
        {
            case "nop":
                return new(TcpOption.NoOperation, []);
            case "eol":
                return new(TcpOption.End, []);
            case "mss":
                var size = Integer(0, ushort.MaxValue, "a segment size");
                return new(TcpOption.MaximumSegmentSize, [(byte)(size >> 8), (byte)size]);
            case "wscale":
                return new(TcpOption.WindowScale, [(byte)Integer(0, byte.MaxValue, "a window scale")]);
            case "sackOK":
                return new(TcpOption.SackPermitted, []);
            case "sack":
                return Sack();
            case "TS":
                Skip("val");
                var value = (uint)Integer(0, uint.MaxValue, "a timestamp");
                Skip("ecr");
                return TcpOption.Of(TcpOption.Timestamps, value, (uint)Integer(0, uint.MaxValue, "a timestamp"));
            case "md5":
                return new(TcpOption.Md5, Blob(16));
            case "FO":
                return new(TcpOption.FastOpen, Blob(38));
            case "FOEXP":
                return new(TcpOption.Experimental, [0xf9, 0x89, .. Blob(36)]);
            case "ECN":
                return AccEcn();
            default:
                throw new ScriptException(token.Position, $"'{token.Text}' is no TCP option: nop, eol, mss, wscale, sackOK, sack, TS, md5, FO, FOEXP, ECN, or '...' alone for any");
        }
    }

    private TcpOption Sack()
    {
        var edges = new List<uint>();
        do
        {
            edges.Add((uint)Integer(0, uint.MaxValue, "the left edge of a SACK block"));
            Skip(':');
            edges.Add((uint)Integer(0, uint.MaxValue, "the right edge of a SACK block"));
        }
        while (Current.Kind == TokenKind.Integer);
        return TcpOption.Of(TcpOption.Sack, [.. edges]);
    }

    // RFC 9768 §3.2.3: counters of bytes, each of three bytes, in one of two orders.
    private TcpOption AccEcn()
    {
        var first = Current;
        string[] order = first.Text == "e1b" ? ["e1b", "ceb", "e0b"] : ["e0b", "ceb", "e1b"];
        var data = new List<byte>();
        foreach (var field in order)
        {
            if (TrySkip(field))
            {
                var value = Integer(0, 0xff_ffff, "a counter of AccECN");
                data.AddRange([(byte)(value >> 16), (byte)(value >> 8), (byte)value]);
            }
            else if (data.Count == 0)
            {
                throw Unexpected(first, "'e0b' or 'e1b'");
            }
            else
            {
                break;
            }
        }

        return new(first.Text == "e1b" ? TcpOption.AccEcn1 : TcpOption.AccEcn0, [.. data]);
    }

    private byte[] Blob(int maximum)
    {
        if (Current.Kind is not (TokenKind.Word or TokenKind.Integer))
        {
            return [];
        }

        var token = Next();
        try
        {
            var bytes = Convert.FromHexString(token.Text);
            return bytes.Length <= maximum ? bytes : throw new ScriptException(token.Position, $"these are {bytes.Length} bytes; at most {maximum} fit");
        }
        catch (FormatException)
        {
            throw Unexpected(token, "bytes in hexadecimal");
        }
    }
}
