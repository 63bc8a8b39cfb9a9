namespace Mirage.Net.Socket.Tests;

/// <summary>Tests that measure the process, and so run when no other test does.</summary>
[CollectionDefinition(nameof(AloneCollection), DisableParallelization = true)]
public sealed class AloneCollection;
