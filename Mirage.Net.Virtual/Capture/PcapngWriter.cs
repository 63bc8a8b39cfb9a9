using System.Buffers.Binary;
using System.Text;

namespace Mirage.Net.Virtual;

/// <summary>Which way a captured frame went.</summary>
public enum CaptureDirection : byte
{
    /// <summary>Received by the device.</summary>
    Inbound = 1,

    /// <summary>Sent by the device.</summary>
    Outbound = 2,
}

/// <summary>
/// Writes Ethernet frames and IP packets as a pcapng file (draft-ietf-opsawg-pcapng), which Wireshark and tshark read: one section, any number of interfaces,
/// nanosecond timestamps. Used on one loop.
/// <para>Blocks are gathered in memory and written to the stream when that is full and on <see cref="Flush"/>, synchronously. A stream that
/// fails ends the capture, never the traffic; see <see cref="Failure"/>.</para>
/// </summary>
public sealed class PcapngWriter
{
    private const int BufferSize = 256 * 1024;
    private const uint SectionHeader = 0x0a0d_0d0a;
    private const uint ByteOrder = 0x1a2b_3c4d;
    private const uint InterfaceDescription = 1;
    private const uint EnhancedPacket = 6;
    private const ushort LinkTypeEthernet = 1;
    private const ushort LinkTypeRaw = 101;
    private const ushort OptionUserApplication = 4;
    private const ushort OptionName = 2;
    private const ushort OptionMac = 6;
    private const ushort OptionResolution = 9;
    private const ushort OptionFlags = 2;
    private const byte Nanoseconds = 9;
    private const int MaxNameBytes = 1024;
    private const int PacketOverhead = 44;

    private readonly Stream _stream;
    private readonly long _maxBytes;
    private readonly byte[] _buffer = new byte[BufferSize];
    private int _filled;
    private int _block;
    private uint _interfaces;

    /// <summary>Starts a file.</summary>
    /// <param name="stream">Where it goes; the caller's to dispose of, after <see cref="Flush"/>.</param>
    /// <param name="maxBytes">How long the file may become with frames; those after that are counted and not written.</param>
    public PcapngWriter(Stream stream, long maxBytes = 1L << 30)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentOutOfRangeException.ThrowIfNegative(maxBytes);
        _stream = stream;
        _maxBytes = maxBytes;
        Begin(SectionHeader);
        Put32(ByteOrder);
        Put16(1);
        Put16(0);
        Put32(uint.MaxValue);
        Put32(uint.MaxValue);
        PutOption(OptionUserApplication, "Mirage"u8);
        EndOptions();
        End();
    }

    /// <summary>How long the file is so far in bytes, with what is not flushed yet.</summary>
    public long Bytes { get; private set; }

    /// <summary>Frames written.</summary>
    public long Frames { get; private set; }

    /// <summary>Frames not written, because the file is as long as it may be or the stream failed.</summary>
    public long Dropped { get; private set; }

    /// <summary>Why the stream failed, or <see langword="null"/>.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Adds an interface that carries Ethernet frames.</summary>
    /// <param name="name">What the reader shows for it; at most 1024 bytes of UTF-8.</param>
    /// <param name="mac">Its address.</param>
    /// <returns>Its number, for <see cref="Write"/>.</returns>
    public uint AddInterface(string name, MacAddress mac)
    {
        BeginInterface(name, LinkTypeEthernet);
        Span<byte> address = stackalloc byte[MacAddress.Size];
        mac.CopyTo(address);
        PutOption(OptionMac, address);
        return EndInterface();
    }

    /// <summary>Adds an interface that carries IP packets of both versions (LINKTYPE_RAW).</summary>
    /// <param name="name">What the reader shows for it; at most 1024 bytes of UTF-8.</param>
    /// <returns>Its number, for <see cref="Write"/>.</returns>
    public uint AddPacketInterface(string name)
    {
        BeginInterface(name, LinkTypeRaw);
        return EndInterface();
    }

    /// <summary>Writes a frame. A partial checksum is completed in what is written.</summary>
    /// <param name="networkInterface">From <see cref="AddInterface"/>.</param>
    /// <param name="nanoseconds">When, since 1970 in UTC.</param>
    /// <param name="direction">Which way it went.</param>
    /// <param name="frame">The frame.</param>
    /// <param name="info">The state of its checksum.</param>
    public void Write(uint networkInterface, long nanoseconds, CaptureDirection direction, ReadOnlySpan<byte> frame, in FrameInfo info = default)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(networkInterface, _interfaces);
        var size = PacketOverhead + Padded(frame.Length);
        if (Failure is not null || size > BufferSize || Bytes + size > _maxBytes)
        {
            Dropped++;
            return;
        }

        Reserve(size);
        if (Failure is not null)
        {
            Dropped++;
            return;
        }

        Begin(EnhancedPacket);
        Put32(networkInterface);
        Put32((uint)(nanoseconds >> 32));
        Put32((uint)nanoseconds);
        Put32((uint)frame.Length);
        Put32((uint)frame.Length);
        var written = _buffer.AsSpan(_filled, frame.Length);
        PutPadded(frame);
        InternetChecksum.Complete(written, in info);
        Put16(OptionFlags);
        Put16(sizeof(uint));
        Put32((uint)direction);
        EndOptions();
        End();
        Frames++;
    }

    /// <summary>Writes to the stream what is gathered, and flushes the stream.</summary>
    public void Flush()
    {
        WriteOut();
        if (Failure is null)
        {
            Attempt(static (stream, _) => stream.Flush(), default);
        }
    }

    private void BeginInterface(string name, ushort linkType)
    {
        ArgumentNullException.ThrowIfNull(name);
        var bytes = Encoding.UTF8.GetBytes(name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes.Length, MaxNameBytes, nameof(name));
        Reserve(bytes.Length + 64);
        Begin(InterfaceDescription);
        Put16(linkType);
        Put16(0);
        Put32(0);
        PutOption(OptionName, bytes);
    }

    private uint EndInterface()
    {
        PutOption(OptionResolution, [Nanoseconds]);
        EndOptions();
        End();
        return _interfaces++;
    }

    private static int Padded(int length) => (length + 3) & ~3;

    private void Reserve(int size)
    {
        if (_filled + size > _buffer.Length)
        {
            WriteOut();
        }
    }

    private void WriteOut()
    {
        if (Failure is null && _filled > 0)
        {
            Attempt(static (stream, bytes) => stream.Write(bytes.Span), _buffer.AsMemory(0, _filled));
        }

        _filled = 0;
    }

    private void Attempt(Action<Stream, ReadOnlyMemory<byte>> action, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            action(_stream, bytes);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or NotSupportedException or UnauthorizedAccessException)
        {
            Failure = exception;
        }
    }

    // Every block: type, total length, body, total length again (§3.1).
    private void Begin(uint type)
    {
        _block = _filled;
        Put32(type);
        Put32(0);
    }

    private void End()
    {
        var length = (uint)(_filled - _block + sizeof(uint));
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer.AsSpan(_block + sizeof(uint)), length);
        Put32(length);
        Bytes += length;
    }

    private void Put16(ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_buffer.AsSpan(_filled), value);
        _filled += sizeof(ushort);
    }

    private void Put32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer.AsSpan(_filled), value);
        _filled += sizeof(uint);
    }

    private void PutOption(ushort code, ReadOnlySpan<byte> value)
    {
        Put16(code);
        Put16((ushort)value.Length);
        PutPadded(value);
    }

    private void EndOptions() => Put32(0);

    private void PutPadded(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_buffer.AsSpan(_filled));
        var padded = Padded(bytes.Length);
        _buffer.AsSpan(_filled + bytes.Length, padded - bytes.Length).Clear();
        _filled += padded;
    }
}
