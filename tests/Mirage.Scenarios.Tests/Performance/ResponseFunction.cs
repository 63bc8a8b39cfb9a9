namespace Mirage.Scenarios.Tests;

/// <summary>The average window in segments that a congestion control keeps if each segment is lost with a chance of its own.</summary>
internal static class ResponseFunction
{
    private const double C = 0.4;
    private const double Beta = 0.7;

    /// <summary>The larger of CUBIC's window and of that of its Reno-friendly region (RFC 9438 §5.1, §4.3).</summary>
    public static double Cubic(double loss, TimeSpan roundTrip)
    {
        var cubic = Math.Pow(C * (3 + Beta) / (4 * (1 - Beta)), 0.25) * Math.Pow(roundTrip.TotalSeconds, 0.75) / Math.Pow(loss, 0.75);
        var alpha = 3 * (1 - Beta) / (1 + Beta);
        var friendly = Math.Sqrt(alpha * (1 + Beta) / (2 * (1 - Beta) * loss));
        return Math.Max(cubic, friendly);
    }

    /// <summary>Reno's (RFC 9438 §5.1 has it as AIMD with 1 and 0.5).</summary>
    public static double Reno(double loss) => Math.Sqrt(1.5 / loss);
}
