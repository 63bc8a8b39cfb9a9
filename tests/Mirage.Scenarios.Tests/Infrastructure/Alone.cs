namespace Mirage.Scenarios.Tests;

/// <summary>Tests that measure the memory of the whole process, beside which no other runs.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    /// <summary>The collection's name.</summary>
    public const string Name = "alone";
}
