using System.Diagnostics.CodeAnalysis;

namespace Mirage;

/// <summary>One of a program's <see cref="BootArguments"/>: what the command line said, or the default.</summary>
/// <typeparam name="T">The value's type.</typeparam>
public sealed class BootArgument<T> : IBootArgument
{
    private readonly T _default;
    private readonly Action<BootArgument<T>, string> _accept;
    private T _value;

    internal BootArgument(string name, string? valueName, string description, T defaultValue, Action<BootArgument<T>, string> accept)
    {
        Name = name;
        ValueName = valueName;
        Description = description;
        _default = defaultValue;
        _value = defaultValue;
        _accept = accept;
    }

    /// <summary>The name, without the dashes.</summary>
    public string Name { get; }

    /// <summary>What stands for the value in the help, or <see langword="null"/> if it takes none.</summary>
    public string? ValueName { get; }

    /// <summary>What it is for, in one line.</summary>
    public string Description { get; }

    /// <summary>Whether the command line gave it.</summary>
    public bool IsGiven { get; private set; }

    /// <summary>What the command line gave, or the default.</summary>
    /// <exception cref="InvalidOperationException">It is a required one, and the command line has not been parsed.</exception>
    public T Value => IsGiven || !IsRequired
        ? _value
        : throw new InvalidOperationException($"--{Name} is read before {nameof(BootArguments)}.{nameof(BootArguments.Parse)} has succeeded");

    internal bool IsRequired { get; init; }

    internal bool IsRepeatable { get; init; }

    internal string? Default { get; init; }

    bool IBootArgument.IsRequired => IsRequired;

    bool IBootArgument.IsRepeatable => IsRepeatable;

    string? IBootArgument.Default => Default;

    void IBootArgument.Reset()
    {
        _value = _default;
        IsGiven = false;
    }

    void IBootArgument.Accept(string text)
    {
        _accept(this, text);
        IsGiven = true;
    }

    /// <summary>The argument as a command line would have it.</summary>
    public override string ToString() => ValueName is null ? $"--{Name}" : $"--{Name} {ValueName}";

    [MemberNotNull(nameof(_value))]
    internal void Set([DisallowNull] T value) => _value = value;
}

/// <summary>An argument, whatever the type of its value.</summary>
internal interface IBootArgument
{
    string Name { get; }

    string? ValueName { get; }

    string Description { get; }

    string? Default { get; }

    bool IsGiven { get; }

    bool IsRequired { get; }

    bool IsRepeatable { get; }

    void Reset();

    void Accept(string text);
}
