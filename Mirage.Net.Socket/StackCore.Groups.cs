using System.Net.Sockets;

namespace Mirage.Net.Socket;

/// <summary>
/// Groups. A socket of their own holds the joins, so that they last whoever listens; each listener joins as well, because some hosts deliver to the sockets that joined and to no
/// others.
/// </summary>
internal sealed partial class StackCore
{
    private const int MaxGroups = 256;

    private readonly Dictionary<IpAddress, (int Joins, HostSocket Socket)> _groups = [];

    public Result JoinGroup(IpAddress group)
    {
        if (!group.IsMulticast || !_sockets.Speaks(group))
        {
            return new DeviceError(ErrorKind.Invalid, $"{group} is not a group that this stack can join");
        }

        lock (_gate)
        {
            if (_stopped)
            {
                return ErrorKind.Disconnected;
            }

            if (_groups.TryGetValue(group, out var joined))
            {
                _groups[group] = joined with { Joins = joined.Joins + 1 };
                return Result.Done;
            }

            if (_groups.Count >= MaxGroups)
            {
                return new DeviceError(ErrorKind.Full, $"this stack is in {MaxGroups} groups already");
            }

            var socket = HostSockets.For(group, SocketType.Dgram);
            try
            {
                Join(socket, group);
            }
            catch (SocketException exception)
            {
                socket.Dispose();
                return new DeviceError(HostErrors.OfDatagram(exception.SocketErrorCode).Kind, $"{group} cannot be joined: {exception.Message}");
            }

            _groups.Add(group, (1, socket));
            foreach (var listener in _datagramListeners.Values)
            {
                TryJoin(listener.Socket, group);
            }

            return Result.Done;
        }
    }

    public Result LeaveGroup(IpAddress group)
    {
        lock (_gate)
        {
            if (!_groups.TryGetValue(group, out var joined))
            {
                return ErrorKind.NotFound;
            }

            if (joined.Joins > 1)
            {
                _groups[group] = joined with { Joins = joined.Joins - 1 };
                return Result.Done;
            }

            _ = _groups.Remove(group);
            joined.Socket.Dispose();
            foreach (var listener in _datagramListeners.Values)
            {
                TryLeave(listener.Socket, group);
            }

            return Result.Done;
        }
    }

    /// <summary>A new listener receives what is sent to the groups, too. The caller holds the lock.</summary>
    private void JoinGroups(HostSocket socket)
    {
        foreach (var group in _groups.Keys)
        {
            TryJoin(socket, group);
        }
    }

    /// <summary>The caller holds the lock.</summary>
    private void LeaveGroups()
    {
        foreach (var (_, socket) in _groups.Values)
        {
            socket.Dispose();
        }

        _groups.Clear();
    }

    private static void Join(HostSocket socket, IpAddress group)
    {
        if (group.IsV4)
        {
            socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.AddMembership, new MulticastOption(group.ToIPAddress()));
        }
        else
        {
            socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.AddMembership, new IPv6MulticastOption(group.ToIPAddress()));
        }
    }

    // The group's own socket is what holds the join; a listener of the other family, for example, cannot have it.
    private static void TryJoin(HostSocket socket, IpAddress group)
    {
        try
        {
            Join(socket, group);
        }
        catch (SocketException)
        {
        }
    }

    private static void TryLeave(HostSocket socket, IpAddress group)
    {
        try
        {
            if (group.IsV4)
            {
                socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.DropMembership, new MulticastOption(group.ToIPAddress()));
            }
            else
            {
                socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.DropMembership, new IPv6MulticastOption(group.ToIPAddress()));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
        }
    }
}
