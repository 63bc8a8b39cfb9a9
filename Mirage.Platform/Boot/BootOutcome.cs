namespace Mirage;

/// <summary>What a command line that is right asks for.</summary>
public enum BootOutcome
{
    /// <summary>To run the program.</summary>
    Run,

    /// <summary>To print <see cref="BootArguments.Help"/> and end.</summary>
    Help,
}
