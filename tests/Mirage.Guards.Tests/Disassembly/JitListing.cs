using System.Text.RegularExpressions;

namespace Mirage.Guards.Tests.Disassembly;

/// <summary>
/// The machine code of a program's methods, as the JIT lists it (<c>DOTNET_JitDisasm</c>): under a heading with its name for each method,
/// the instructions. Of those, calls and tail calls matter here. x64 and arm64 name them differently, but have the same forms:
/// <list type="bullet">
/// <item><c>call [Namespace.Type:Method(signature)]</c>, the address of a known method: direct;</item>
/// <item><c>call [rax+0x20]Namespace.Type:Method(signature)</c>, through a method table or a stub (<c>[r11]</c>): virtual, an interface's, or a delegate's;</item>
/// <item><c>call rax</c>, to an address that was computed: from a generic dictionary, from a virtual function look-up, a function pointer;</item>
/// <item><c>call rax ; Library:Function</c>, the same with a comment: an unmanaged function whose address is a constant;</item>
/// <item><c>call CORINFO_HELP_…</c> or <c>call [CORINFO_HELP_…]</c>: a helper of the runtime;</item>
/// <item><c>call G_M000_IG07</c>: a <c>finally</c> of the method itself.</item>
/// </list>
/// A tail call has the same operands after <c>tail.jmp</c> or <c>rex.jmp</c>; a plain <c>jmp</c> is a jump or a switch.
/// </summary>
internal static partial class JitListing
{
    public static IReadOnlyDictionary<string, ListedMethod> Read(IEnumerable<string> lines)
    {
        var methods = new Dictionary<string, ListedMethod>();
        List<Call>? calls = null;
        foreach (var line in lines)
        {
            if (Heading().Match(line) is { Success: true } heading)
            {
                // A listing that begins in the middle of a line is two threads' at once, and worth nothing.
                Assert.True(heading.Index == 0, $"the JIT listed two methods at once: {line}");
                Assert.True(heading.Groups["tier"].Value == "FullOpts", $"not optimized: {line}");
                var method = new ListedMethod(heading.Groups["name"].Value);
                methods[method.Name] = method;
                calls = method.Calls;
            }
            else if (CallInstruction().Match(line) is { Success: true } call)
            {
                Assert.NotNull(calls);
                calls.Add(Call.Parse(call.Groups["operand"].Value.Trim()));
            }
        }

        return methods;
    }

    [GeneratedRegex(@"; Assembly listing for method (?<name>.*) \((?<tier>[^()]*)\)$")]
    private static partial Regex Heading();

    [GeneratedRegex(@"^\s+(call|tail\.jmp|rex\.jmp|bl|blr|tail\.b|tail\.br)\s+(?<operand>\S.*)$")]
    private static partial Regex CallInstruction();
}

/// <summary>A method's machine code.</summary>
/// <param name="Name">As the JIT writes it: <c>Namespace.Type`1[Argument]:Method[Argument](parameters):result:this</c>.</param>
internal sealed record ListedMethod(string Name)
{
    public List<Call> Calls { get; } = [];

    /// <summary>Whether this code serves several type arguments, and asks at run time which they are.</summary>
    public bool IsShared => Name.Contains("__Canon", StringComparison.Ordinal);

    /// <summary><c>Type.Method</c>, without namespaces, arguments and signature; of a nested type the innermost name.</summary>
    public string ShortName
    {
        get
        {
            var name = Signatures.WithoutArguments(Name);
            var colon = name.IndexOf(':', StringComparison.Ordinal);
            var end = name.IndexOf('(', colon);
            var type = name[..colon].Split('.', '+')[^1].Split('`')[0];
            return $"{type}.{name[(colon + 1)..(end < 0 ? name.Length : end)]}";
        }
    }

    public override string ToString() => ShortName;
}
