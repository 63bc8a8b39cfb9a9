using System.Buffers.Binary;

namespace Mirage.Net.TcpIp.Tests.Wire;

/// <summary>RFC 1071 to the letter: 16-bit words in network order, each addition with its end-around carry.</summary>
internal static class ReferenceChecksum
{
    public static ushort Fold(ReadOnlySpan<byte> data)
    {
        uint sum = 0;
        for (var i = 0; i < data.Length; i += 2)
        {
            sum += ((uint)data[i] << 8) | (i + 1 < data.Length ? data[i + 1] : 0u);
            sum = sum > 0xffff ? sum - 0xffff : sum;
        }

        return (ushort)sum;
    }

    public static byte[] PseudoHeader(IpAddress source, IpAddress destination, IpProtocol protocol, int length)
    {
        byte[] header;
        if (source.IsV4)
        {
            header = new byte[12];
            source.V4.CopyTo(header);
            destination.V4.CopyTo(header.AsSpan(4));
            header[9] = (byte)protocol;
            BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(10), (ushort)length);
        }
        else
        {
            header = new byte[40];
            source.V6.CopyTo(header);
            destination.V6.CopyTo(header.AsSpan(16));
            BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(32), length);
            header[39] = (byte)protocol;
        }

        return header;
    }
}
