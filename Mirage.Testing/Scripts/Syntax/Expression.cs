namespace Mirage.Testing.Scripts;

/// <summary>An argument or a result of a call.</summary>
internal abstract record Expression(SourcePosition Position);

/// <summary><c>...</c>: whatever is right here.</summary>
internal sealed record AnyExpression(SourcePosition Position) : Expression(Position);

internal sealed record IntegerExpression(SourcePosition Position, long Value) : Expression(Position);

/// <summary>A name: of a constant, an option, an error.</summary>
internal sealed record NameExpression(SourcePosition Position, string Name) : Expression(Position);

internal sealed record TextExpression(SourcePosition Position, string Text, bool IsAbridged) : Expression(Position);

/// <summary><c>a | b</c>.</summary>
internal sealed record OrExpression(SourcePosition Position, Expression Left, Expression Right) : Expression(Position);

/// <summary><c>[a, b]</c>.</summary>
internal sealed record ListExpression(SourcePosition Position, IReadOnlyList<Expression> Items) : Expression(Position);

/// <summary><c>htons(8080)</c>, <c>inet_addr("192.0.2.1")</c>.</summary>
internal sealed record FunctionExpression(SourcePosition Position, string Name, IReadOnlyList<Expression> Arguments) : Expression(Position);

/// <summary><c>{fd=4, events=POLLIN}</c>, <c>{..., 1000}</c>; a field without a name has the empty one.</summary>
internal sealed record StructExpression(SourcePosition Position, IReadOnlyList<(string Name, Expression Value)> Fields) : Expression(Position)
{
    public Expression? this[string name] => Fields.FirstOrDefault(field => field.Name == name).Value;
}
