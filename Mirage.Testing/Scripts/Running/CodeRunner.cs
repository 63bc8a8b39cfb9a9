namespace Mirage.Testing.Scripts;

/// <summary>
/// The assertions of a script about its connection: <c>assert tcpi_snd_cwnd == 10, tcpi_snd_cwnd</c>. Of Python there are <c>assert</c> and <c>print</c>, integers, names,
/// comparisons, <c>and or not</c>, <c>+ - * // / % &amp; |</c> and <c>abs</c>.
/// </summary>
/// <param name="position">Where the code is.</param>
/// <param name="text">The code.</param>
/// <param name="sockets">What tells of connections.</param>
/// <param name="connection">The connection under test.</param>
/// <param name="variables">What earlier code has named: <c>LIMIT = 10</c>.</param>
internal sealed class CodeRunner(SourcePosition position, string text, IScriptSockets sockets, ScriptConnection? connection, Dictionary<string, long> variables)
{
    public void Run()
    {
        foreach (var statement in Statements())
        {
            var name = statement.Split([' ', '(', '\t'], 2)[0];
            switch (name)
            {
                case "print":
                    break;
                case "assert":
                    Assert(statement["assert".Length..]);
                    break;
                case var variable when statement[variable.Length..].TrimStart() is ['=', not '=', ..] rest:
                    variables[variable] = new CodeExpression(position, rest[1..], Value).Evaluate();
                    break;
                default:
                    throw new ScriptException(position, $"the code '{statement}' is not understood: it asserts, as 'assert tcpi_snd_cwnd == 10'");
            }
        }
    }

    private IEnumerable<string> Statements() => text.Replace("\\\n", " ", StringComparison.Ordinal).Replace("\\\r\n", " ", StringComparison.Ordinal)
        .Split('\n')
        .Select(static line => line.Split('#')[0])
        .SelectMany(static line => line.Split(';'))
        .Select(static statement => statement.Trim())
        .Where(static statement => statement.Length > 0);

    private void Assert(string condition)
    {
        var expression = new CodeExpression(position, condition, Value);
        if (expression.Evaluate() == 0)
        {
            throw new ScriptException(position, $"the assertion '{condition.Trim()}' does not hold: {string.Join(", ", expression.Read.Select(pair => $"{pair.Key} is {pair.Value}"))}");
        }
    }

    private long Value(string name)
    {
        if (variables.TryGetValue(name, out var constant) || ScriptConstants.TryGet(name, out constant))
        {
            return constant;
        }

        if (connection is not { Descriptor: >= 0 and var descriptor })
        {
            throw new ScriptException(position, $"there is no connection to ask for {name}");
        }

        return sockets.TryGetInfo(descriptor, name, out var value)
            ? value
            : throw new ScriptException(position, $"the stack under test does not tell {name}");
    }
}
