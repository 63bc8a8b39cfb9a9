using System.Net.Sockets;

namespace Mirage.Net.Socket;

internal sealed partial class Connection : ITcpControl
{
    public Result SetNoDelay(long generation, bool value) => Set(value, static (socket, on) => socket.NoDelay = on);

    public Result SetKeepAlive(long generation, KeepAlive? value)
    {
        if (value is { } probing)
        {
            return TcpOptions.IsValid(probing)
                ? Set(probing, TcpOptions.SetKeepAlive)
                : TcpOptions.Invalid(probing);
        }

        return Set(false, static (socket, on) => socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, on));
    }

    public Result SetCork(long generation, bool value)
        => OperatingSystem.IsLinux() ? Set(value, TcpOptions.SetCork) : Has(Closed) ? ErrorKind.Closed : ErrorKind.Unsupported;

    public Result SetUserTimeout(long generation, TimeSpan? value)
        => value is { } given && given <= TimeSpan.Zero ? new DeviceError(ErrorKind.Invalid, $"a user time-out of {given} would fail at once")
            : OperatingSystem.IsLinux() ? Set(value ?? TimeSpan.Zero, TcpOptions.SetUserTimeout)
            : Has(Closed) ? ErrorKind.Closed : ErrorKind.Unsupported;

    public Result<TcpStatistics> GetStatistics(long generation)
    {
        if (Has(Closed))
        {
            return ErrorKind.Closed;
        }

        try
        {
            return TcpInfo.Read(_socket);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return ErrorKind.Closed;
        }
    }

    private Result Set<T>(T value, Action<HostSocket, T> set)
    {
        if (Has(Closed))
        {
            return ErrorKind.Closed;
        }

        try
        {
            set(_socket, value);
            return Result.Done;
        }
        catch (SocketException exception)
        {
            return HostErrors.OfFlow(exception.SocketErrorCode);
        }
        catch (ObjectDisposedException)
        {
            return ErrorKind.Closed;
        }
    }
}
