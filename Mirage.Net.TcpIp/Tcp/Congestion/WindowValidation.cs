namespace Mirage.Net.TcpIp;

/// <summary>
/// How long less than half of a window was used (RFC 7661): what the path bore once says little after minutes. The connection sees to the rest of the RFC: such a window does not
/// grow (<see cref="CongestionSample.IsWindowLimited"/>), and at a loss it is what was in flight that is reduced.
/// </summary>
internal struct WindowValidation
{
    /// <summary>The non-validated period in seconds.</summary>
    internal const uint Period = 300;

    private const long NanosecondsPerSecond = 1_000_000_000;

    // A whole second, since there is one of these in every connection; 0 for never.
    private uint _validatedAt;

    /// <summary>Takes an acknowledgement.</summary>
    /// <returns>Whether the period is over without a use of half the window (§4.4.3): the window is to be halved, and the next period begins.</returns>
    public bool IsOverdue(in CongestionSample sample, long window)
    {
        var second = (uint)(sample.Now.Nanoseconds / NanosecondsPerSecond) + 1;
        if (_validatedAt == 0 || sample.InFlight * 2 >= window)
        {
            _validatedAt = second;
            return false;
        }

        if (second - _validatedAt < Period)
        {
            return false;
        }

        _validatedAt = second;
        return true;
    }
}
