using System.Net.Sockets;

namespace Mirage.Net.Socket;

/// <summary>
/// Options of one datagram. Hosts have them for a socket: they are set before the datagram and set back after it, by who holds the socket's lock.
/// </summary>
internal static class DatagramOptions
{
    // ip(7) and ipv6(7): what .NET has no name for.
    private const int LevelIpv6 = 41;
    private const int TrafficClassIpv6 = 67;
    private const int DontFragmentIpv6 = 62;

    /// <summary>Sends with options.</summary>
    /// <exception cref="SocketException">The host does not send it.</exception>
    public static DeviceError Send(HostSocket socket, in UdpSendOptions options, IpEndpoint remote, ReadOnlySpan<byte> payload)
    {
        if (IsDefault(options))
        {
            return DatagramSenders.Send(socket, remote, payload);
        }

        var isV4 = remote.Address.IsV4;
        if (!isV4 && (options.TrafficClass != 0 || options.DontFragment) && !OperatingSystem.IsLinux())
        {
            return new DeviceError(ErrorKind.Unsupported, "this host's sockets have no traffic class, and no say about fragments, for IPv6");
        }

        var level = isV4 ? SocketOptionLevel.IP : SocketOptionLevel.IPv6;
        var timeToLive = remote.Address.IsMulticast ? SocketOptionName.MulticastTimeToLive : SocketOptionName.IpTimeToLive;
        using var first = new Setting(socket, level, timeToLive, options.TimeToLive != 0, options.TimeToLive);
        using var second = new Setting(socket, level, SocketOptionName.MulticastLoopback, options.WithoutLoopback, 0);
        using var third = new Setting(socket, level, SocketOptionName.TypeOfService, isV4 && options.TrafficClass != 0, options.TrafficClass);
        using var fourth = new Setting(socket, level, SocketOptionName.DontFragment, isV4 && options.DontFragment, 1);
        using var fifth = new RawSetting(socket, TrafficClassIpv6, !isV4 && options.TrafficClass != 0, options.TrafficClass);
        using var sixth = new RawSetting(socket, DontFragmentIpv6, !isV4 && options.DontFragment, 1);
        return DatagramSenders.Send(socket, remote, payload);
    }

    private static bool IsDefault(in UdpSendOptions options)
        => options is { TimeToLive: 0, TrafficClass: 0, DontFragment: false, WithoutLoopback: false };

    private readonly ref struct Setting
    {
        private readonly HostSocket? _socket;
        private readonly SocketOptionLevel _level;
        private readonly SocketOptionName _name;
        private readonly int _before;

        public Setting(HostSocket socket, SocketOptionLevel level, SocketOptionName name, bool isSet, int value)
        {
            if (isSet)
            {
                (_level, _name) = (level, name);
                _before = (int)socket.GetSocketOption(level, name)!;
                socket.SetSocketOption(level, name, value);
                _socket = socket;
            }
        }

        public void Dispose() => _socket?.SetSocketOption(_level, _name, _before);
    }

    private readonly ref struct RawSetting
    {
        private readonly HostSocket? _socket;
        private readonly int _name;
        private readonly int _before;

        public RawSetting(HostSocket socket, int name, bool isSet, int value)
        {
            if (isSet)
            {
                Span<byte> bytes = stackalloc byte[sizeof(int)];
                _name = name;
                _ = socket.GetRawSocketOption(LevelIpv6, name, bytes);
                _before = BitConverter.ToInt32(bytes);
                Set(socket, name, value);
                _socket = socket;
            }
        }

        public void Dispose()
        {
            if (_socket is not null)
            {
                Set(_socket, _name, _before);
            }
        }

        private static void Set(HostSocket socket, int name, int value)
        {
            Span<byte> bytes = stackalloc byte[sizeof(int)];
            _ = BitConverter.TryWriteBytes(bytes, value);
            socket.SetRawSocketOption(LevelIpv6, name, bytes);
        }
    }
}
