namespace Mirage.Net.TcpIp;

/// <summary>The packet path's statuses as the results that a program sees.</summary>
internal static class Statuses
{
    public static DeviceError ToError(this LendStatus status) => status switch
    {
        LendStatus.Lent => default,
        LendStatus.Full => ErrorKind.Full,
        LendStatus.TooLarge => ErrorKind.TooLarge,
        LendStatus.Unreachable => ErrorKind.Unreachable,
        _ => ErrorKind.Disconnected,
    };

    public static Result ToResult(this SendStatus status) => status switch
    {
        SendStatus.Sent => Result.Done,
        SendStatus.Full => ErrorKind.Full,
        _ => ErrorKind.Other,
    };
}
