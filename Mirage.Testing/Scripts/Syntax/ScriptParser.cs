using System.Globalization;

namespace Mirage.Testing.Scripts;

/// <summary>Reads a script: its options, then its lines. What it does not understand it refuses, with the place and what was expected there.</summary>
internal sealed partial class ScriptParser
{
    private readonly List<Token> _tokens;
    private readonly ScriptSettings _settings;
    private int _at;

    private ScriptParser(List<Token> tokens, ScriptSettings settings)
    {
        _tokens = tokens;
        _settings = settings;
    }

    private Token Current => _tokens[_at];

    private Token Following => _tokens[Math.Min(_at + 1, _tokens.Count - 1)];

    /// <summary>Reads a script.</summary>
    /// <param name="text">The script.</param>
    /// <param name="arguments">Options from outside, which count more than those of the script: <c>ip_version=ipv6</c>.</param>
    /// <returns>What the options say, and the lines.</returns>
    public static (ScriptSettings Settings, List<ScriptEvent> Events) Parse(string text, IReadOnlyList<string> arguments)
    {
        var settings = new ScriptSettings();
        var parser = new ScriptParser(Lexer.Read(text), settings);
        for (; parser.Current.Kind == TokenKind.Option; parser._at++)
        {
            settings.Set(parser.Current.Text, parser.Current.Position);
        }

        foreach (var argument in arguments)
        {
            settings.Set(argument, default);
        }

        settings.Complete();
        parser.Substitute();
        var end = parser.Current.Position;
        var events = parser.Events();
        return events.Count > 0 ? (settings, events) : throw new ScriptException(end, "the script has no line: nothing would be tested");
    }

    private static bool IsAction(Token token) => token.Kind is TokenKind.Command or TokenKind.Code;

    // --define=NAME=value stands for the value wherever the name is a word.
    private void Substitute()
    {
        for (var i = _at; i < _tokens.Count; i++)
        {
            if (_tokens[i].Kind == TokenKind.Word && _settings.Definitions.TryGetValue(_tokens[i].Text, out var value))
            {
                _tokens[i] = Lexer.Read(value)[0] with { Position = _tokens[i].Position };
            }
        }
    }

    private List<ScriptEvent> Events()
    {
        var events = new List<ScriptEvent>();
        while (Current.Kind != TokenKind.End)
        {
            var position = Current.Position;

            // The commands before the first line and after the last have no time.
            if (Current.Kind == TokenKind.Command)
            {
                events.Add(new(position, new(TimeKind.Relative, 0, 0), new CommandAction(Next().Text)));
                continue;
            }

            var time = Time();
            var action = Action();
            if (time.Kind is TimeKind.Any || time.IsRange)
            {
                if (action is not PacketAction { IsInbound: false })
                {
                    throw new ScriptException(position, "'*' and ranges of time are for packets that are expected (>) only");
                }
            }

            if (time.IsRange && time.End < time.Start)
            {
                throw new ScriptException(position, "this range of time ends before it begins");
            }

            events.Add(new(position, time, action));
        }

        return events;
    }

    private EventTime Time()
    {
        if (TrySkip('*'))
        {
            return new(TimeKind.Any, 0, 0);
        }

        var relative = TrySkip('+');
        var start = Microseconds();
        if (!TrySkip('~'))
        {
            return new(relative ? TimeKind.Relative : TimeKind.Absolute, start, start);
        }

        if (relative)
        {
            Skip('+');
        }

        return new(relative ? TimeKind.RelativeRange : TimeKind.AbsoluteRange, start, Microseconds());
    }

    private long Microseconds()
    {
        var token = Next();
        if (token.Kind is not (TokenKind.Integer or TokenKind.Decimal)
            || !decimal.TryParse(token.Text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds))
        {
            throw Unexpected(token, "a time in seconds");
        }

        return seconds is >= 0 and < 1_000_000 ? (long)(seconds * 1_000_000) : throw Unexpected(token, "a time of 0 s to 1,000,000 s");
    }

    private ScriptAction Action()
    {
        if (IsAction(Current))
        {
            var token = Next();
            return token.Kind == TokenKind.Code ? new CodeAction(token.Text) : new CommandAction(token.Text);
        }

        if (Current.Is('<') || Current.Is('>'))
        {
            return Packet();
        }

        if (Current.Kind is TokenKind.Ellipsis or TokenKind.Word)
        {
            return Call();
        }

        throw Unexpected(Current, "a packet ('<' or '>'), a call, a command in backticks or %{ code }%");
    }

    private Token Next()
    {
        var token = Current;
        if (token.Kind != TokenKind.End)
        {
            _at++;
        }

        return token;
    }

    private bool TrySkip(char symbol)
    {
        if (!Current.Is(symbol))
        {
            return false;
        }

        _at++;
        return true;
    }

    private bool TrySkip(string word)
    {
        if (!Current.Is(word))
        {
            return false;
        }

        _at++;
        return true;
    }

    private void Skip(char symbol)
    {
        if (!TrySkip(symbol))
        {
            throw Unexpected(Current, $"'{symbol}'");
        }
    }

    private void Skip(string word)
    {
        if (!TrySkip(word))
        {
            throw Unexpected(Current, $"'{word}'");
        }
    }

    private long Integer(long minimum, long maximum, string what)
    {
        var token = Next();
        if (token.Kind is not (TokenKind.Integer or TokenKind.Hexadecimal))
        {
            throw Unexpected(token, what);
        }

        if (!TryInteger(token, out var value) || value < minimum || value > maximum)
        {
            throw new ScriptException(token.Position, $"{token.Text} is not {what}: {minimum} to {maximum}");
        }

        return value;
    }

    private static bool TryInteger(Token token, out long value) => token.Kind == TokenKind.Hexadecimal
        ? long.TryParse(token.Text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value)
        : long.TryParse(token.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);

    private static ScriptException Unexpected(Token token, string expected) => new(token.Position, $"expected {expected}, found {token}");
}
