using System.Diagnostics.CodeAnalysis;

namespace Mirage;

/// <summary>What can be done with any platform.</summary>
public static class PlatformExtensions
{
    /// <summary>Throws unless the caller is on the platform's loop: what a device does where another thread would mix up its state.</summary>
    /// <typeparam name="TPlatform">The platform's type.</typeparam>
    /// <param name="platform">The platform.</param>
    /// <exception cref="InvalidOperationException">The caller is on another thread, and the loop runs.</exception>
    public static void CheckOnLoop<TPlatform>(this TPlatform platform)
        where TPlatform : struct, IPlatform
    {
        if (!platform.IsOnLoop)
        {
            ThrowNotOnLoop();
        }
    }

    // Apart from the check, so that the check is compiled into its callers.
    [DoesNotReturn]
    private static void ThrowNotOnLoop()
        => throw new InvalidOperationException("this member is for the loop's own thread; from another one, post to the loop");
}
