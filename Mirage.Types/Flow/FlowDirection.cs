namespace Mirage;

/// <summary>Which side of a flow is shut down.</summary>
[Flags]
public enum FlowDirection : byte
{
    /// <summary>Reading: later reads give the end, and what the peer still sends is discarded.</summary>
    Read = 1,

    /// <summary>Writing: what was accepted is flushed, then the end is signalled; later writes give <see cref="ErrorKind.Closed"/>.</summary>
    Write = 2,

    /// <summary>Both.</summary>
    Both = Read | Write,
}
