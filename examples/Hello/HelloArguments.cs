using Mirage;

namespace Hello;

/// <summary>What the program takes on its command line, on every target.</summary>
public sealed class HelloArguments
{
    public HelloArguments() => Greeting = Boot.AddText("hello", "TEXT", "What to say.", "hello, world");

    public BootArguments Boot { get; } = new("hello", "Says one thing on its console.");

    public BootArgument<string> Greeting { get; }
}
