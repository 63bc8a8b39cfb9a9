namespace Mirage.Testing.Scripts;

internal sealed partial class CallRunner
{
    private SocketResult SetOption(CallAction call)
    {
        CheckCount(call, 5, 5);
        _ = Evaluate(Argument(call, 1));
        return sockets.SetOption(Descriptor(call).Live, Named(Argument(call, 2)), ValueOf(Argument(call, 3)));
    }

    private static SocketOptionValue ValueOf(Expression expression) => expression switch
    {
        ListExpression => new((int)Bracketed(expression)),
        TextExpression text => new(0, Text: text.Text),
        StructExpression linger when linger["onoff"] is { } on && linger["linger"] is { } seconds => new((int)Evaluate(on), (int)Evaluate(seconds)),
        _ => throw new ScriptException(expression.Position, "expected the value of an option: [1], \"text\" or {onoff=1, linger=0}"),
    };

    private (SocketResult, Action?) GetOption(CallAction call)
    {
        CheckCount(call, 5, 5);
        var name = Named(Argument(call, 2));
        _ = Evaluate(Argument(call, 1));
        var result = sockets.GetOption(Descriptor(call).Live, name, out var value);
        return (result, () =>
        {
            if (result.Value < 0 || Argument(call, 3) is AnyExpression)
            {
                return;
            }

            var expected = ValueOf(Argument(call, 3));
            if (expected.Text is null ? (expected.Value, expected.Seconds) != (value.Value, value.Seconds) : expected.Text.TrimEnd('\0') != value.Text)
            {
                throw new ScriptException(_position, $"{name} is {Show(name, value)}, expected {Show(name, expected)}");
            }
        });
    }

    private static string Show(string name, SocketOptionValue value)
        => value.Text ?? (name == "SO_ERROR" && value.Value != 0 ? $"{(Errno)value.Value}" : name == "SO_LINGER" ? $"{value.Value}, {value.Seconds} s" : $"{value.Value}");
}
