using Mirage.Testing.Scripts;

namespace Mirage.Scripts;

internal sealed partial class StreamSocket
{
    private const int PathMtuWanted = 1;
    private const int PathMtuRequired = 2;

    private TcpControl Control => _flow.TryGet(out TcpControl control) ? control : throw new InvalidOperationException("a TCP flow has its control");

    public override SocketResult SetOption(string name, SocketOptionValue value)
    {
        Update();
        switch (name)
        {
            case "TCP_NODELAY":
                _options.NoDelay = value.Value != 0;
                break;
            case "TCP_CORK":
                _options.Cork = value.Value != 0;
                break;
            case "TCP_USER_TIMEOUT" when value.Value >= 0:
                _options.UserTimeout = value.Value == 0 ? null : TimeSpan.FromMilliseconds(value.Value);
                break;
            case "TCP_USER_TIMEOUT":
                return Errno.EINVAL;
            case "SO_KEEPALIVE":
                _options.KeepsAlive = value.Value != 0;
                break;
            case "TCP_KEEPIDLE" when value.Value > 0:
                _options.KeepAliveAfter = TimeSpan.FromSeconds(value.Value);
                break;
            case "TCP_KEEPINTVL" when value.Value > 0:
                _options.KeepAliveInterval = TimeSpan.FromSeconds(value.Value);
                break;
            case "TCP_KEEPCNT" when value.Value > 0:
                _options.KeepAliveProbes = value.Value;
                break;
            case "TCP_KEEPIDLE" or "TCP_KEEPINTVL" or "TCP_KEEPCNT":
                return Errno.EINVAL;
            case "SO_SNDBUF" when value.Value > 0:
                // Linux doubles it, for its own use, and tells so.
                _options.SendBuffer = 2 * Math.Min(value.Value, int.MaxValue / 2);
                break;
            case "IP_MTU_DISCOVER" or "IPV6_MTU_DISCOVER" when value.Value is PathMtuWanted or PathMtuRequired:
                // Segments always follow the path's MTU.
                break;
            case "SO_LINGER":
                _options.Linger = (value.Value != 0, value.Seconds);
                break;
            default:
                return base.SetOption(name, value);
        }

        ApplyOptions();
        return 0;
    }

    public override SocketResult GetOption(string name, out SocketOptionValue value)
    {
        Update();
        value = default;
        switch (name)
        {
            case "SO_ERROR":
                value = new((int)PendingError());
                return 0;
            case "SO_TYPE":
                value = new(1);
                return 0;
            case "SO_ACCEPTCONN":
                value = new(_isListening ? 1 : 0);
                return 0;
            case "TCP_NODELAY":
                value = new(_options.NoDelay ? 1 : 0);
                return 0;
            case "TCP_CORK":
                value = new(_options.Cork ? 1 : 0);
                return 0;
            case "TCP_USER_TIMEOUT":
                value = new((int)(_options.UserTimeout ?? TimeSpan.Zero).TotalMilliseconds);
                return 0;
            case "SO_KEEPALIVE":
                value = new(_options.KeepsAlive ? 1 : 0);
                return 0;
            case "TCP_KEEPIDLE":
                value = new((int)_options.KeepAliveAfter.TotalSeconds);
                return 0;
            case "TCP_KEEPINTVL":
                value = new((int)_options.KeepAliveInterval.TotalSeconds);
                return 0;
            case "TCP_KEEPCNT":
                value = new(_options.KeepAliveProbes);
                return 0;
            case "SO_SNDBUF" when _options.SendBuffer is { } size:
                value = new(size);
                return 0;
            case "SO_LINGER":
                value = new(_options.Linger.IsOn ? 1 : 0, _options.Linger.Seconds);
                return 0;
            case "TCP_MAXSEG" when _isConnected && Control.GetStatistics().TryGet(out var statistics):
                value = new(statistics.MaximumSegmentSize);
                return 0;
            default:
                return base.GetOption(name, out value);
        }
    }

    private Errno PendingError()
    {
        if (TakeError() is var error and not Errno.None)
        {
            return error;
        }

        return _isConnected && IsReadable(out var read) && read.IsError && !_pendingErrorTold && read.Error.Kind != ErrorKind.Closed ? Tell(ErrnoOf(read.Error)) : Errno.None;
    }

    private void ApplyOptions()
    {
        if (_isConnected)
        {
            // A connection that has ended takes no options, which is no error of the script's.
            _ = Control.SetNoDelay(_options.NoDelay);
            _ = Control.SetKeepAlive(_options.KeepAlive);
            _ = Control.SetCork(_options.Cork);
            _ = Control.SetUserTimeout(_options.UserTimeout);
        }
    }
}
