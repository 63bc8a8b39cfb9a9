using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mirage.Testing.Scripts;

/// <summary>
/// Cuts a script into tokens: words, numbers, strings, commands in backticks, code in <c>%{ }%</c>, options, addresses. Of several readings the
/// longest counts, as in packetdrill. Comments are <c>//</c> and <c>#</c> to the end of the line, and <c>/* */</c>.
/// </summary>
internal sealed class Lexer
{
    private readonly string _text;
    private int _at;
    private int _line = 1;
    private int _lineStart;

    private Lexer(string text) => _text = text;

    private SourcePosition Position => new(_line, _at - _lineStart + 1);

    private char Current => Peek(0);

    /// <summary>Cuts a script.</summary>
    /// <param name="text">The script.</param>
    /// <returns>Its tokens, the last of which is the end.</returns>
    /// <exception cref="ScriptException">Something begins that does not end.</exception>
    public static List<Token> Read(string text)
    {
        var lexer = new Lexer(text);
        var tokens = new List<Token>();
        do
        {
            lexer.SkipBlanks();
            tokens.Add(lexer.Next());
        }
        while (tokens[^1].Kind != TokenKind.End);
        return tokens;
    }

    private static bool IsWordCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';

    private char Peek(int ahead) => _at + ahead < _text.Length ? _text[_at + ahead] : '\0';

    private bool StartsWith(string value) => string.CompareOrdinal(_text, _at, value, 0, value.Length) == 0;

    private void Advance(int count)
    {
        for (; count > 0 && _at < _text.Length; count--)
        {
            if (_text[_at++] == '\n')
            {
                _line++;
                _lineStart = _at;
            }
        }
    }

    private void SkipBlanks()
    {
        while (_at < _text.Length)
        {
            if (char.IsWhiteSpace(Current))
            {
                Advance(1);
            }
            else if (StartsWith("//") || Current == '#')
            {
                var end = _text.IndexOf('\n', _at);
                Advance((end < 0 ? _text.Length : end) - _at);
            }
            else if (StartsWith("/*"))
            {
                _ = Delimited(TokenKind.End, "/*", "*/", "a comment");
            }
            else
            {
                return;
            }
        }
    }

    private Token Next()
    {
        if (_at >= _text.Length)
        {
            return new(TokenKind.End, "", Position);
        }

        if (StartsWith("%{"))
        {
            return Delimited(TokenKind.Code, "%{", "}%", "code");
        }

        if (Current is '"' or '`')
        {
            return Quoted(Current);
        }

        if (StartsWith("--") && IsWordCharacter(Peek(2)))
        {
            return Option();
        }

        if (StartsWith("..."))
        {
            return Take(TokenKind.Ellipsis, 3);
        }

        if (AddressLength() is var address and > 0)
        {
            return Take(TokenKind.Address, address);
        }

        var (kind, length) = Number();
        var word = 0;
        while (IsWordCharacter(Peek(word)))
        {
            word++;
        }

        if (word > length)
        {
            return Take(TokenKind.Word, word);
        }

        return length > 0 ? Take(kind, length) : Take(TokenKind.Symbol, 1);
    }

    private Token Take(TokenKind kind, int length)
    {
        var token = new Token(kind, _text.Substring(_at, length), Position);
        Advance(length);
        return token;
    }

    private (TokenKind Kind, int Length) Number()
    {
        if (Current == '0' && Peek(1) == 'x' && char.IsAsciiHexDigit(Peek(2)))
        {
            var end = 2;
            while (char.IsAsciiHexDigit(Peek(end)))
            {
                end++;
            }

            return (TokenKind.Hexadecimal, end);
        }

        var length = Current == '-' ? 1 : 0;
        var sign = length;
        while (char.IsAsciiDigit(Peek(length)))
        {
            length++;
        }

        if (Peek(length) == '.' && char.IsAsciiDigit(Peek(length + 1)))
        {
            length++;
            while (char.IsAsciiDigit(Peek(length)))
            {
                length++;
            }

            return (TokenKind.Decimal, length);
        }

        return (TokenKind.Integer, length > sign ? length : 0);
    }

    // Sequence numbers such as 1:1001 look like the beginning of an IPv6 address: only what has a double colon or all eight parts is one.
    private int AddressLength()
    {
        if (!char.IsAsciiHexDigit(Current) && !StartsWith("::"))
        {
            return 0;
        }

        var length = 0;
        while (char.IsAsciiHexDigit(Peek(length)) || Peek(length) is ':' or '.')
        {
            length++;
        }

        for (; length > 1; length--)
        {
            var candidate = _text.AsSpan(_at, length);
            var colons = candidate.Count(':');
            var isFour = colons == 0 && candidate.Count('.') == 3;
            var isSix = colons == 7 || candidate.Contains("::", StringComparison.Ordinal);
            if (!IsWordCharacter(Peek(length)) && (isFour || isSix) && IPAddress.TryParse(candidate, out var address)
                && address.AddressFamily == (isFour ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6))
            {
                return length;
            }
        }

        return 0;
    }

    private Token Option()
    {
        var start = Position;
        Advance(2);
        var text = new StringBuilder();
        while (!char.IsWhiteSpace(Current) && _at < _text.Length)
        {
            if (Current is '"' or '`')
            {
                var quote = Current;
                _ = text.Append(quote).Append(Quoted(quote).Text).Append(quote);
            }
            else
            {
                _ = text.Append(Current);
                Advance(1);
            }
        }

        return new(TokenKind.Option, text.ToString(), start);
    }

    private Token Quoted(char quote)
    {
        var start = Position;
        var from = _at + 1;
        for (var end = from; end < _text.Length; end++)
        {
            if (_text[end] == '\\')
            {
                end++;
            }
            else if (_text[end] == quote)
            {
                Advance(end + 1 - _at);
                return new(quote == '"' ? TokenKind.Text : TokenKind.Command, _text[from..end], start);
            }
        }

        throw new ScriptException(start, $"this {quote} has no second one");
    }

    private Token Delimited(TokenKind kind, string open, string close, string what)
    {
        var start = Position;
        var from = _at + open.Length;
        var end = _text.IndexOf(close, from, StringComparison.Ordinal);
        if (end < 0)
        {
            throw new ScriptException(start, $"{what} begins here and does not end: '{close}' is missing");
        }

        Advance(end + close.Length - _at);
        return new(kind, _text[from..end], start);
    }
}
