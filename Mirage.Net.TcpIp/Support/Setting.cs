using System.Numerics;
using System.Runtime.CompilerServices;

namespace Mirage.Net.TcpIp;

/// <summary>Refuses values of options that cannot be, where they are written.</summary>
internal static class Setting
{
    public static T AtLeast<T>(T value, T least, [CallerMemberName] string name = "")
        where T : INumber<T>
        => value >= least ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} is at least {least}");

    public static T Within<T>(T value, T least, T most, [CallerMemberName] string name = "")
        where T : INumber<T>
        => value >= least && value <= most ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} is from {least} to {most}");

    public static T Given<T>(T value, [CallerMemberName] string name = "")
        where T : class
        => value ?? throw new ArgumentNullException(name);

    public static T Named<T>(T value, [CallerMemberName] string name = "")
        where T : struct, Enum
        => Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} is one of {string.Join(", ", Enum.GetNames<T>())}");

    public static TimeSpan Positive(TimeSpan value, [CallerMemberName] string name = "")
        => value > TimeSpan.Zero ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} is a time above 0");

    public static TimeSpan NotNegative(TimeSpan value, [CallerMemberName] string name = "")
        => value >= TimeSpan.Zero ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} is a time, or 0");
}
