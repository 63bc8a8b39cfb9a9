namespace Mirage.Testing.Scripts;

internal enum TokenKind
{
    End,
    Word,
    Integer,
    Hexadecimal,
    Decimal,
    Text,
    Command,
    Code,
    Option,
    Ellipsis,
    Address,
    Symbol,
}

/// <summary>A piece of a script.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Its characters; without the delimiters of a string, a command or code, and without the dashes of an option.</param>
/// <param name="Position">Where it begins.</param>
internal readonly record struct Token(TokenKind Kind, string Text, SourcePosition Position)
{
    public bool Is(char symbol) => Kind == TokenKind.Symbol && Text[0] == symbol;

    public bool Is(string word) => Kind == TokenKind.Word && Text == word;

    public override string ToString() => Kind switch
    {
        TokenKind.End => "the end of the script",
        TokenKind.Text => $"\"{Text}\"",
        TokenKind.Command => $"`{Text}`",
        TokenKind.Code => "%{ … }%",
        TokenKind.Option => $"--{Text}",
        _ => $"'{Text}'",
    };
}
