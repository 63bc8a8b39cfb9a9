namespace Mirage.Testing.Scripts;

internal sealed partial class ScriptParser
{
    private CallAction Call()
    {
        long? end = null;
        if (Current.Kind == TokenKind.Ellipsis)
        {
            _at++;
            end = Microseconds();
        }

        var name = Next();
        if (name.Kind != TokenKind.Word || !Current.Is('('))
        {
            throw Unexpected(name.Kind == TokenKind.Word ? Current : name, name.Kind == TokenKind.Word ? $"'(' after '{name.Text}'" : "a call");
        }

        if (!ScriptCalls.Names.Contains(name.Text))
        {
            throw new ScriptException(name.Position, $"the call '{name.Text}' is not understood; understood are {string.Join(", ", ScriptCalls.Names.Order(StringComparer.Ordinal))}");
        }

        Skip('(');
        var arguments = Current.Is(')') ? [] : Expressions();
        Skip(')');
        Skip('=');
        var result = Expression();
        string? error = null;
        if (Current.Kind == TokenKind.Word)
        {
            var token = Next();
            error = token.Text;
            if (!ScriptConstants.IsError(error))
            {
                throw Unexpected(token, "the name of an error such as EAGAIN, or the next line");
            }
        }

        // What is in parentheses is for the reader.
        if (TrySkip('('))
        {
            var open = Current;
            while (!TrySkip(')'))
            {
                if (Next().Kind == TokenKind.End)
                {
                    throw Unexpected(open, "a remark that ends with ')'");
                }
            }
        }

        return new(name.Text, arguments, result, error, end);
    }

    private List<Expression> Expressions()
    {
        var items = new List<Expression>();
        do
        {
            items.Add(Expression());
        }
        while (TrySkip(','));
        return items;
    }

    private Expression Expression()
    {
        var left = Operand();
        while (Current.Is('|'))
        {
            var position = Next().Position;
            left = new OrExpression(position, left, Operand());
        }

        return left;
    }

    private Expression Operand()
    {
        var token = Next();
        switch (token.Kind)
        {
            case TokenKind.Ellipsis:
                return new AnyExpression(token.Position);
            case TokenKind.Integer or TokenKind.Hexadecimal:
                return TryInteger(token, out var value) ? new IntegerExpression(token.Position, value) : throw Unexpected(token, "a number of 64 bits");
            case TokenKind.Text:
                return Text(token);
            case TokenKind.Word when TrySkip('('):
                var arguments = Current.Is(')') ? [] : Expressions();
                Skip(')');
                return new FunctionExpression(token.Position, token.Text, arguments);
            case TokenKind.Word:
                return new NameExpression(token.Position, token.Text);
            case TokenKind.Symbol when token.Is('['):
                var items = Current.Is(']') ? [] : Expressions();
                Skip(']');
                return new ListExpression(token.Position, items);
            case TokenKind.Symbol when token.Is('{'):
                return Struct(token);
            default:
                throw Unexpected(token, "a value: a number, a name, a string, '...', a list in [ ] or a structure in { }");
        }
    }

    private TextExpression Text(Token first)
    {
        var text = first.Text;
        while (Current.Kind == TokenKind.Text)
        {
            text += Next().Text;
        }

        if (Current.Kind != TokenKind.Ellipsis)
        {
            return new(first.Position, text, IsAbridged: false);
        }

        _at++;
        return new(first.Position, text, IsAbridged: true);
    }

    private StructExpression Struct(Token open)
    {
        var fields = new List<(string, Expression)>();
        do
        {
            // msg_name(...)= has its length in parentheses.
            var name = "";
            if (Current.Kind == TokenKind.Word && Following.Is('('))
            {
                var start = _at;
                name = Next().Text;
                Skip('(');
                _ = Expressions();
                Skip(')');
                if (!TrySkip('='))
                {
                    (_at, name) = (start, "");
                }
            }
            else if (Current.Kind == TokenKind.Word && Following.Is('='))
            {
                name = Next().Text;
                Skip('=');
            }

            fields.Add((name, Expression()));
        }
        while (TrySkip(','));
        Skip('}');
        return new(open.Position, fields);
    }
}
