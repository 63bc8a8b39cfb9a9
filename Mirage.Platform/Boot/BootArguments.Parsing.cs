using System.Globalization;

namespace Mirage;

public sealed partial class BootArguments
{
    private const string Dashes = "--";

    /// <summary>Reads a command line. Parsing again starts afresh.</summary>
    /// <param name="args">The command line, without the program's name.</param>
    /// <returns>What it asks for. For <see cref="BootOutcome.Help"/> nothing else of it was read.</returns>
    /// <exception cref="BootArgumentException">The command line is wrong.</exception>
    public BootOutcome Parse(ReadOnlySpan<string> args)
    {
        foreach (var argument in _arguments)
        {
            argument.Reset();
        }

        if (args.Contains("--help") || args.Contains("-h"))
        {
            return BootOutcome.Help;
        }

        while (!args.IsEmpty)
        {
            args = ParseOne(args);
        }

        foreach (var argument in _arguments)
        {
            if (argument.IsRequired && !argument.IsGiven)
            {
                throw new BootArgumentException($"--{argument.Name} is required");
            }
        }

        return BootOutcome.Run;
    }

    private static T Read<T>(IBootArgument argument, string text)
        where T : ISpanParsable<T>
    {
        try
        {
            return T.Parse(text, CultureInfo.InvariantCulture);
        }
        catch (Exception exception) when (exception is FormatException or OverflowException or ArgumentException)
        {
            throw new BootArgumentException(OneLine($"--{argument.Name}: {Explain<T>(argument, text, exception)}"));
        }
    }

    // .NET's own types say no more than that the format is wrong; other types say what would be right.
    private static string Explain<T>(IBootArgument argument, string text, Exception exception)
        => exception is OverflowException ? $"'{text}' is out of range for {argument.ValueName}"
        : IsFromSystem<T>() || exception is not FormatException ? $"'{text}' is not a valid {argument.ValueName}"
        : exception.Message;

    private static bool IsFromSystem<T>()
        => typeof(T).Namespace is { } name && (name == "System" || name.StartsWith("System.", StringComparison.Ordinal));

    internal static string OneLine(string text) => string.Create(text.Length, text, static (line, text) =>
    {
        for (var i = 0; i < line.Length; i++)
        {
            line[i] = char.IsControl(text[i]) ? ' ' : text[i];
        }
    });

    private ReadOnlySpan<string> ParseOne(ReadOnlySpan<string> args)
    {
        var word = args[0];
        var equals = word.IndexOf('=', StringComparison.Ordinal);
        var option = equals < 0 ? word : word[..equals];
        if (!option.StartsWith(Dashes, StringComparison.Ordinal) || Find(option.AsSpan(Dashes.Length)) is not { } argument)
        {
            throw Unknown(option);
        }

        if (argument.IsGiven && !argument.IsRepeatable)
        {
            throw new BootArgumentException($"{option} given twice");
        }

        if (argument.ValueName is null)
        {
            if (equals >= 0)
            {
                throw new BootArgumentException($"{option} takes no value");
            }

            argument.Accept("");
            return args[1..];
        }

        if (equals >= 0)
        {
            argument.Accept(word[(equals + 1)..]);
            return args[1..];
        }

        if (args.Length < 2 || args[1].StartsWith(Dashes, StringComparison.Ordinal))
        {
            throw new BootArgumentException($"{option} needs a value");
        }

        argument.Accept(args[1]);
        return args[2..];
    }

    private BootArgumentException Unknown(string option)
        => new(OneLine(Nearest(option.TrimStart('-')) is { } name
            ? $"unknown argument '{option}'; did you mean --{name}?"
            : $"unknown argument '{option}' (see --help)"));

    /// <summary>The name that was most likely meant: at most two typing errors away, and fewer than half of its letters.</summary>
    private string? Nearest(string typed)
    {
        string? nearest = null;
        var least = 3;
        foreach (var name in _arguments.Select(static argument => argument.Name).Append(HelpName))
        {
            var distance = EditDistance.Between(typed, name);
            if (distance < least && distance * 2 < name.Length)
            {
                (nearest, least) = (name, distance);
            }
        }

        return nearest;
    }
}
