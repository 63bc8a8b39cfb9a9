using System.Text.RegularExpressions;

namespace Mirage.Guards.Tests.Disassembly;

internal enum CallKind
{
    /// <summary>To a known method, or within the method.</summary>
    Direct,

    /// <summary>To a helper of the runtime that decides nothing: allocation, write barrier, range check, cast, statics.</summary>
    Helper,

    /// <summary>To a helper that looks up at run time what a type argument or a virtual method is.</summary>
    Lookup,

    /// <summary>To an unmanaged function.</summary>
    Native,

    /// <summary>Through a method table, a stub, a delegate.</summary>
    Virtual,

    /// <summary>To a computed address.</summary>
    Computed,
}

/// <summary>A call instruction. The forms are told at <see cref="JitListing"/>.</summary>
/// <param name="Kind">What kind of call it is.</param>
/// <param name="Target">The callee's name, or the instruction's operand where there is none.</param>
internal sealed partial record Call(CallKind Kind, string Target)
{
    private static readonly string[] _lookups =
        ["VIRTUAL_FUNC_PTR", "RUNTIMEHANDLE", "RUNTIMELOOKUP", "RUNTIME_LOOKUP", "GVMLOOKUP", "GENERIC_HANDLE", "LOOP_CLONE_CHOICE", "READYTORUN_"];

    /// <summary>Whether the callee is decided while the program runs.</summary>
    public bool IsDispatch => Kind is CallKind.Lookup or CallKind.Virtual or CallKind.Computed;

    public static Call Parse(string operand)
    {
        if (Helper().Match(operand) is { Success: true } helper)
        {
            var name = helper.Groups["name"].Value;
            return new(_lookups.Any(name.Contains) ? CallKind.Lookup : CallKind.Helper, name);
        }

        if (Through().Match(operand) is { Success: true } through)
        {
            return new(CallKind.Virtual, through.Groups["target"].Value);
        }

        if (Unmanaged().Match(operand) is { Success: true } unmanaged)
        {
            return new(CallKind.Native, unmanaged.Groups["target"].Value);
        }

        if (Register().IsMatch(operand))
        {
            return new(CallKind.Computed, operand);
        }

        return operand.StartsWith('[') && operand.EndsWith(']')
            ? new(CallKind.Direct, operand[1..^1])
            : new(CallKind.Direct, operand);
    }

    public override string ToString() => $"{Kind} call of {Target}";

    [GeneratedRegex(@"^\[?CORINFO_HELP_(?<name>\w+)\]?$")]
    private static partial Regex Helper();

    // [rax+0x20]Type:Method, [r11]Type:Method, with an optional size before it and a comment after it.
    [GeneratedRegex(@"^(\w+ ptr )?\[\w{2,3}([+*-][^\]]*)?\]\s*;?\s*(?<target>.*)$")]
    private static partial Regex Through();

    [GeneratedRegex(@"^[a-z]\w{1,2}\s*;\s*(?<target>\S.*)$")]
    private static partial Regex Unmanaged();

    [GeneratedRegex(@"^[a-z]\w{1,2}$")]
    private static partial Regex Register();
}

internal static class Signatures
{
    /// <summary>A listed name without what is in brackets.</summary>
    public static string WithoutArguments(string name)
    {
        var depth = 0;
        return string.Concat(name.Where(c =>
        {
            depth += c == '[' ? 1 : 0;
            var keeps = depth == 0;
            depth -= c == ']' ? 1 : 0;
            return keeps;
        }));
    }
}
