namespace Mirage.Testing.Scripts;

/// <summary>An expression of integers as in Python, evaluated while it is read; truth is 1 or 0.</summary>
internal sealed class CodeExpression(SourcePosition position, string text, Func<string, long> lookUp)
{
    private static readonly string[] Comparisons = ["==", "!=", "<=", ">=", "<", ">"];

    // Python's "//" would begin a comment; integers have no other division.
    private readonly List<Token> _tokens = Lexer.Read(text.Replace("//", "/", StringComparison.Ordinal));
    private int _at;

    /// <summary>The names that were looked up, and what they stood for.</summary>
    public Dictionary<string, long> Read { get; } = [];

    private Token Current => _tokens[_at];

    /// <summary>Evaluates up to the end, or to the comma before a message.</summary>
    public long Evaluate()
    {
        var value = Or();
        return Current.Kind == TokenKind.End || Current.Is(',') ? value : throw NotUnderstood();
    }

    private long Or()
    {
        var value = And();
        while (TrySkip("or"))
        {
            var right = And();
            value = value != 0 ? value : right;
        }

        return value;
    }

    private long And()
    {
        var value = Not();
        while (TrySkip("and"))
        {
            var right = Not();
            value = value == 0 ? value : right;
        }

        return value;
    }

    private long Not() => TrySkip("not") ? Not() == 0 ? 1 : 0 : Comparison();

    // Comparisons chain: a < b < c.
    private long Comparison()
    {
        var left = Bits();
        if (!TryComparison(out var comparison))
        {
            return left;
        }

        var holds = true;
        do
        {
            var right = Bits();
            holds &= comparison switch
            {
                "==" => left == right,
                "!=" => left != right,
                "<=" => left <= right,
                ">=" => left >= right,
                "<" => left < right,
                _ => left > right,
            };
            left = right;
        }
        while (TryComparison(out comparison));
        return holds ? 1 : 0;
    }

    private bool TryComparison(out string comparison)
    {
        foreach (var candidate in Comparisons)
        {
            if (Current.Is(candidate[0]) && (candidate.Length == 1 || _tokens[_at + 1].Is(candidate[1])))
            {
                _at += candidate.Length;
                comparison = candidate;
                return true;
            }
        }

        comparison = "";
        return false;
    }

    private long Bits()
    {
        var value = Sum();
        while (Current.Is('&') || Current.Is('|'))
        {
            value = _tokens[_at++].Is('&') ? value & Sum() : value | Sum();
        }

        return value;
    }

    private long Sum()
    {
        var value = Product();
        while (true)
        {
            if (TrySkip('+'))
            {
                value += Product();
            }
            else if (TrySkip('-'))
            {
                value -= Product();
            }
            else if (Current.Kind == TokenKind.Integer && Current.Text[0] == '-')
            {
                // The lexer takes "a -1" for a negative number.
                value += Product();
            }
            else
            {
                return value;
            }
        }
    }

    private long Product()
    {
        var value = Operand();
        while (Current.Is('*') || Current.Is('/') || Current.Is('%'))
        {
            var operation = _tokens[_at++].Text[0];
            var right = Operand();
            value = operation == '*' ? value * right : right == 0 ? throw NotUnderstood() : operation == '/' ? value / right : value % right;
        }

        return value;
    }

    private long Operand()
    {
        var token = _tokens[_at];
        if (TrySkip('-'))
        {
            return -Operand();
        }

        if (TrySkip('('))
        {
            return Closed(Or());
        }

        _at += token.Kind == TokenKind.End ? 0 : 1;
        if (token.Is("abs") && TrySkip('('))
        {
            return Math.Abs(Closed(Or()));
        }

        switch (token.Kind)
        {
            case TokenKind.Integer:
                return long.Parse(token.Text, System.Globalization.CultureInfo.InvariantCulture);
            case TokenKind.Hexadecimal:
                return Convert.ToInt64(token.Text, 16);
            case TokenKind.Word when token.Text is "True" or "False":
                return token.Text == "True" ? 1 : 0;
            case TokenKind.Word:
                return Read[token.Text] = lookUp(token.Text);
            default:
                throw NotUnderstood();
        }
    }

    private long Closed(long value) => TrySkip(')') ? value : throw NotUnderstood();

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

    private ScriptException NotUnderstood() => new(position, $"the expression '{text.Trim()}' is not understood at {Current}");
}
