using System.Buffers.Binary;

namespace Mirage.Testing.Scripts;

/// <summary>A TCP option: its kind, and the bytes after kind and length.</summary>
internal sealed record TcpOption(byte Kind, byte[] Data)
{
    public const byte End = 0;
    public const byte NoOperation = 1;
    public const byte MaximumSegmentSize = 2;
    public const byte WindowScale = 3;
    public const byte SackPermitted = 4;
    public const byte Sack = 5;
    public const byte Timestamps = 8;
    public const byte Md5 = 19;
    public const byte FastOpen = 34;
    public const byte AccEcn0 = 172;
    public const byte AccEcn1 = 174;
    public const byte Experimental = 254;

    public int Length => Kind is End or NoOperation ? 1 : 2 + Data.Length;

    public uint TimestampValue => BinaryPrimitives.ReadUInt32BigEndian(Data);

    public uint TimestampEcho => BinaryPrimitives.ReadUInt32BigEndian(Data.AsSpan(4));

    public static TcpOption Of(byte kind, params ReadOnlySpan<uint> words)
    {
        var data = new byte[words.Length * sizeof(uint)];
        for (var i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(i * sizeof(uint)), words[i]);
        }

        return new(kind, data);
    }

    /// <summary>The same with each of its sequence numbers moved.</summary>
    public TcpOption MoveSack(uint by)
    {
        var data = Data.ToArray();
        for (var i = 0; i + sizeof(uint) <= data.Length; i += sizeof(uint))
        {
            BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(i), BinaryPrimitives.ReadUInt32BigEndian(data.AsSpan(i)) + by);
        }

        return this with { Data = data };
    }

    public static int TotalLength(IReadOnlyList<TcpOption> options) => options.Sum(option => option.Length);

    public static void Write(IReadOnlyList<TcpOption> options, Span<byte> destination)
    {
        foreach (var option in options)
        {
            destination[0] = option.Kind;
            if (option.Length > 1)
            {
                destination[1] = (byte)option.Length;
                option.Data.CopyTo(destination[2..]);
            }

            destination = destination[option.Length..];
        }
    }

    /// <summary>Reads the options of a segment; <see langword="null"/> if a length is wrong.</summary>
    public static List<TcpOption>? Read(ReadOnlySpan<byte> bytes)
    {
        var options = new List<TcpOption>();
        while (!bytes.IsEmpty)
        {
            if (bytes[0] is End or NoOperation)
            {
                options.Add(new(bytes[0], []));
                bytes = bytes[1..];
                continue;
            }

            if (bytes.Length < 2 || bytes[1] < 2 || bytes[1] > bytes.Length)
            {
                return null;
            }

            options.Add(new(bytes[0], bytes[2..bytes[1]].ToArray()));
            bytes = bytes[bytes[1]..];
        }

        return options;
    }

    public static string Format(IReadOnlyList<TcpOption> options) => $"<{string.Join(',', options)}>";

    public override string ToString() => Kind switch
    {
        End => "eol",
        NoOperation => "nop",
        MaximumSegmentSize when Data.Length == 2 => $"mss {BinaryPrimitives.ReadUInt16BigEndian(Data)}",
        WindowScale when Data.Length == 1 => $"wscale {Data[0]}",
        SackPermitted => "sackOK",
        Sack => "sack " + string.Join(' ', Enumerable.Range(0, Data.Length / 8).Select(i => $"{Word(2 * i)}:{Word((2 * i) + 1)}")),
        Timestamps when Data.Length == 8 => $"TS val {TimestampValue} ecr {TimestampEcho}",
        Md5 => $"md5 {Convert.ToHexStringLower(Data)}",
        FastOpen => $"FO {Convert.ToHexStringLower(Data)}".TrimEnd(),
        _ => $"kind {Kind} {Convert.ToHexStringLower(Data)}",
    };

    public bool Equals(TcpOption? other) => other is not null && Kind == other.Kind && Data.AsSpan().SequenceEqual(other.Data);

    public override int GetHashCode() => HashCode.Combine(Kind, Data.Length);

    private uint Word(int index) => BinaryPrimitives.ReadUInt32BigEndian(Data.AsSpan(index * sizeof(uint)));
}
