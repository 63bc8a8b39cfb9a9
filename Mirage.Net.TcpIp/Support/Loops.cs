namespace Mirage.Net.TcpIp;

internal static class Loops
{
    /// <summary>Throws unless the caller is on the platform's loop.</summary>
    public static void Check<TPlatform>(TPlatform platform)
        where TPlatform : struct, IPlatform
    {
        if (!platform.IsOnLoop)
        {
            Throw();
        }
    }

    private static void Throw()
        => throw new InvalidOperationException("this member is for the stack's loop; from another thread, post to the loop");
}
