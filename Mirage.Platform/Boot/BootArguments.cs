using System.Globalization;

namespace Mirage;

/// <summary>
/// What a program takes on its command line: <c>--name VALUE</c>, <c>--name=VALUE</c>, and flags, as MirageOS programs do. Add the arguments,
/// parse once, read their values. It uses no reflection.
/// <para>A value that begins with two dashes, or is <c>-h</c>, is written with the equals sign.</para>
/// </summary>
public sealed partial class BootArguments
{
    private const string HelpName = "help";

    private readonly List<IBootArgument> _arguments = [];

    /// <summary>The arguments of a program; none so far but <c>--help</c>.</summary>
    /// <param name="program">The program's name.</param>
    /// <param name="summary">What it does, in one line.</param>
    public BootArguments(string program, string summary)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(program);
        ArgumentNullException.ThrowIfNull(summary);
        Program = program;
        Summary = summary;
    }

    /// <summary>The program's name.</summary>
    public string Program { get; }

    /// <summary>What it does, in one line.</summary>
    public string Summary { get; }

    /// <summary>An argument that may be left out.</summary>
    /// <typeparam name="T">The value's type; it reads itself from text, independently of the culture.</typeparam>
    /// <param name="name">The name without dashes: lower-case letters, digits, and dashes between them.</param>
    /// <param name="valueName">What stands for the value in the help, for example <c>PORT</c>.</param>
    /// <param name="description">What it is for, in one line.</param>
    /// <param name="defaultValue">The value when it is left out.</param>
    /// <returns>The argument.</returns>
    /// <exception cref="ArgumentException">The name is malformed, or taken.</exception>
    public BootArgument<T> Add<T>(string name, string valueName, string description, T defaultValue)
        where T : ISpanParsable<T>
    {
        ArgumentNullException.ThrowIfNull(defaultValue);
        return Register(new BootArgument<T>(name, valueName, description, defaultValue, Accept) { Default = Format(defaultValue) });
    }

    /// <summary>An argument that must be given.</summary>
    /// <inheritdoc cref="Add{T}"/>
    public BootArgument<T> AddRequired<T>(string name, string valueName, string description)
        where T : ISpanParsable<T>
        => Register(new BootArgument<T>(name, valueName, description, default!, Accept) { IsRequired = true });

    /// <summary>An argument that may be left out and then has no value.</summary>
    /// <inheritdoc cref="Add{T}"/>
    public BootArgument<T?> AddOptional<T>(string name, string valueName, string description)
        where T : struct, ISpanParsable<T>
        => Register(new BootArgument<T?>(
            name, valueName, description, null, static (argument, text) => argument.Set(Read<T>(argument, text))));

    /// <summary>An argument that may be given several times, for example several addresses.</summary>
    /// <inheritdoc cref="Add{T}"/>
    /// <param name="name">The name without dashes: lower-case letters, digits, and dashes between them.</param>
    /// <param name="valueName">What stands for the value in the help, for example <c>PORT</c>.</param>
    /// <param name="description">What it is for, in one line.</param>
    /// <param name="defaultValues">The values when it is not given at all; otherwise they do not count.</param>
    public BootArgument<IReadOnlyList<T>> AddMany<T>(string name, string valueName, string description, params ReadOnlySpan<T> defaultValues)
        where T : ISpanParsable<T>
    {
        T[] values = [.. defaultValues];
        return Register(new BootArgument<IReadOnlyList<T>>(
            name,
            valueName,
            description,
            values,
            static (argument, text) => argument.Set([.. argument.IsGiven ? argument.Value : [], Read<T>(argument, text)]))
        {
            IsRepeatable = true,
            Default = values.Length == 0 ? null : string.Join(' ', values.Select(Format)),
        });
    }

    /// <summary>Text that may be left out.</summary>
    /// <inheritdoc cref="Add{T}"/>
    public BootArgument<string> AddText(string name, string valueName, string description, string defaultValue)
        => Add(name, valueName, description, defaultValue);

    /// <summary>Text that may be left out and then is <see langword="null"/>.</summary>
    /// <inheritdoc cref="Add{T}"/>
    public BootArgument<string?> AddText(string name, string valueName, string description)
        => Register(new BootArgument<string?>(name, valueName, description, null, static (argument, text) => argument.Set(text)));

    /// <summary>A flag: it takes no value, and is true when it is given.</summary>
    /// <inheritdoc cref="Add{T}"/>
    public BootArgument<bool> AddFlag(string name, string description)
        => Register(new BootArgument<bool>(name, null, description, false, static (argument, _) => argument.Set(true)));

    private static void Accept<T>(BootArgument<T> argument, string text)
        where T : ISpanParsable<T>
        => argument.Set(Read<T>(argument, text)!);

    private static string Format<T>(T value)
        => value is IFormattable formattable ? formattable.ToString(null, CultureInfo.InvariantCulture) : value?.ToString() ?? "";

    private static bool IsName(string name)
        => name.Length > 0 && name[0] != '-' && name[^1] != '-' && name.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');

    private BootArgument<T> Register<T>(BootArgument<T> argument)
    {
        ArgumentNullException.ThrowIfNull(argument.Name, "name");
        ArgumentNullException.ThrowIfNull(argument.Description, "description");
        if (!IsName(argument.Name))
        {
            throw new ArgumentException($"'{argument.Name}' is not a name of lower-case letters, digits and dashes", nameof(argument));
        }

        if (argument.Name == HelpName || Find(argument.Name) is not null)
        {
            throw new ArgumentException($"--{argument.Name} is added already", nameof(argument));
        }

        _arguments.Add(argument);
        return argument;
    }

    private IBootArgument? Find(ReadOnlySpan<char> name)
    {
        foreach (var argument in _arguments)
        {
            if (name.SequenceEqual(argument.Name))
            {
                return argument;
            }
        }

        return null;
    }
}
