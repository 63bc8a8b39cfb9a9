using System.Buffers.Binary;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace TapProbe;

/// <summary>Sends frames of every length and of changing content out of an interface, each after the answer to the one before, and compares
/// what comes back byte for byte.</summary>
internal static class PacketPeer
{
    private const int HeaderSize = 14;
    private const ushort AllProtocols = 3;

    public static int Run(string name, int count)
    {
        var device = NetworkInterface.GetAllNetworkInterfaces().Single(device => device.Name == name);
        using var socket = new Socket(AddressFamily.Packet, SocketType.Raw, (ProtocolType)BinaryPrimitives.ReverseEndianness(AllProtocols));
        socket.ReceiveTimeout = 20_000;
        socket.Bind(new PacketEndPoint(device.GetIPProperties().GetIPv4Properties().Index));
        var random = new Random(1);
        var received = new byte[65_536];
        for (var i = 0; i < count; i++)
        {
            var frame = new byte[HeaderSize + 1 + (i % 1500)];
            random.NextBytes(frame.AsSpan(HeaderSize));
            Convert.FromHexString("ffffffffffff02000000000188b5").CopyTo(frame, 0);
            _ = socket.Send(frame);
            var answer = ReceiveAnswer(socket, received);
            frame.AsSpan(6, 6).CopyTo(frame);
            received.AsSpan(6, 6).CopyTo(frame.AsSpan(6));
            if (!answer.SequenceEqual(frame))
            {
                Console.WriteLine($"frame {i} differs: sent {Convert.ToHexString(frame)} received {Convert.ToHexString(answer)}");
                return 1;
            }
        }

        Console.WriteLine($"identical {count}");
        return 0;
    }

    // The socket also sees what it sends itself; that has this side's source address.
    private static ReadOnlySpan<byte> ReceiveAnswer(Socket socket, byte[] buffer)
    {
        while (true)
        {
            var frame = buffer.AsSpan(0, socket.Receive(buffer));
            if (BinaryPrimitives.ReadUInt16BigEndian(frame[12..]) == Answerer.Experimental
                && !frame.Slice(6, 6).SequenceEqual((ReadOnlySpan<byte>)[2, 0, 0, 0, 0, 1]))
            {
                return frame;
            }
        }
    }

    /// <summary><c>struct sockaddr_ll</c>: family, protocol, index of the interface.</summary>
    private sealed class PacketEndPoint(int index) : EndPoint
    {
        public override AddressFamily AddressFamily => AddressFamily.Packet;

        public override SocketAddress Serialize()
        {
            var address = new SocketAddress(AddressFamily.Packet, 20);
            var bytes = address.Buffer.Span;
            BinaryPrimitives.WriteUInt16BigEndian(bytes[2..], AllProtocols);
            BinaryPrimitives.WriteInt32LittleEndian(bytes[4..], index);
            return address;
        }
    }
}
