using System.Globalization;

namespace Mirage.Net.Socket;

/// <summary>
/// The host's limit on open descriptors (Linux). The last ones are left alone: .NET needs some to start a thread or load a library, and the whole
/// process ends if there is none.
/// </summary>
internal static class Descriptors
{
    private const string Limits = "/proc/self/limits";
    private const int Reserve = 64;
    private static readonly nint First = FirstReserved(OperatingSystem.IsLinux() && File.Exists(Limits) ? File.ReadAllText(Limits) : "");

    /// <summary>Whether a socket took one of the last descriptors, and is to be given back. The host gives the lowest free number.</summary>
    public static bool IsReserved(HostSocket socket) => socket.Handle >= First;

    /// <summary>The first number that is left alone.</summary>
    /// <param name="limits">The content of <c>/proc/self/limits</c>, or nothing.</param>
    internal static nint FirstReserved(string limits)
    {
        const string Name = "Max open files";
        var line = limits.AsSpan();
        var start = limits.IndexOf(Name, StringComparison.Ordinal);
        if (start < 0)
        {
            return nint.MaxValue;
        }

        // The soft limit comes first.
        line = line[(start + Name.Length)..].TrimStart();
        var end = line.IndexOf(' ');
        return end > 0 && int.TryParse(line[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
            ? limit - Math.Min(Reserve, limit / 4)
            : nint.MaxValue;
    }
}
