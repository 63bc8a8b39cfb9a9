using System.Runtime.InteropServices;

namespace Mirage.Net.Tap;

/// <summary>A file descriptor that is closed when nobody refers to it any more.</summary>
internal sealed class FileDescriptor : SafeHandle
{
    public FileDescriptor()
        : base(-1, ownsHandle: true)
    {
    }

    // The calls return a C int, and the upper half of the register that it comes in is not defined.
    public override bool IsInvalid => (int)handle < 0;

    /// <summary>The number, for a call that its owner makes while the descriptor is open.</summary>
    public int Number => (int)handle;

    protected override bool ReleaseHandle() => LinuxCalls.Close((int)handle) == 0;
}
