using System.Text;

namespace Mirage;

public sealed partial class BootArguments
{
    private const int WidestName = 30;

    /// <summary>The help: what the program does, and its arguments with their defaults. It ends with a line feed.</summary>
    public string Help
    {
        get
        {
            List<(string Left, string Right)> rows = [.. _arguments.Select(Describe), ("--help, -h", "Show this help.")];
            var width = Math.Min(WidestName, rows.Max(static row => row.Left.Length));
            var text = new StringBuilder();
            _ = text.Append(Program).Append(": ").Append(Summary).Append("\n\nUsage: ").Append(Program);
            foreach (var argument in _arguments.Where(static argument => argument.IsRequired))
            {
                _ = text.Append(' ').Append(Usage(argument));
            }

            _ = text.Append(" [arguments]\n\nArguments:\n");
            foreach (var (left, right) in rows)
            {
                _ = text.Append("  ").Append(left.PadRight(width)).Append("  ").Append(right).Append('\n');
            }

            return text.ToString();
        }
    }

    private static string Usage(IBootArgument argument)
        => argument.ValueName is null ? $"--{argument.Name}" : $"--{argument.Name} {argument.ValueName}";

    private static (string Left, string Right) Describe(IBootArgument argument)
        => (Usage(argument), argument.Description + Suffix(argument));

    private static string Suffix(IBootArgument argument)
        => argument.IsRequired ? " (required)"
        : argument.Default is { } value ? $" (default: {value})"
        : argument.IsRepeatable ? " (may be repeated)"
        : "";
}
