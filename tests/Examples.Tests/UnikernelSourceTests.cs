using System.Text.RegularExpressions;

namespace Mirage.Examples.Tests;

/// <summary>A unikernel knows interfaces only; what implements them is named under <c>Targets/</c>.</summary>
public sealed partial class UnikernelSourceTests
{
    public static TheoryData<string> Sources =>
    [
        .. Directory.EnumerateDirectories(Built.Examples)
            .SelectMany(example => Directory.EnumerateFiles(example, "*.cs"))
            .Select(file => Path.GetRelativePath(Built.Examples, file))
            .Order(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Sources))]
    public void A_unikernel_names_no_implementation_and_has_no_conditional_code(string source)
        => Assert.Equal([], Violations(File.ReadAllText(Path.Combine(Built.Examples, source))));

    [Fact]
    public void Hello_is_among_the_sources()
        => Assert.Contains(Sources, source => Path.GetFileName(source.Data) == "Hello.cs");

    [Theory]
    [InlineData("#if UNIX")]
    [InlineData("  # elif SOLO5")]
    [InlineData("using Mirage.Net.Tap;")]
    [InlineData("UnixConsole.Stdout")]
    [InlineData("Solo5Console")]
    [InlineData("Console.WriteLine(1)")]
    [InlineData("TlsStack<TStack, OpenSslTls>")]
    [InlineData("DirectStack<TNet, TPlatform>")]
    [InlineData("new System.Net.Sockets.Socket()")]
    [InlineData("OperatingSystem.IsLinux()")]
    public void What_is_forbidden_is_found(string line)
        => Assert.NotEmpty(Violations($"using Mirage;\n{line}\n"));

    [Fact]
    public void What_is_allowed_is_not()
        => Assert.Empty(Violations("using Mirage;\nusing Mirage.Types;\npublic sealed class A<TStack>(TStack s) where TStack : struct, IStack; console.WriteLine(); TConsole.Write\n// the network, a socket, a tap\n"));

    private static IEnumerable<string> Violations(string text) => Forbidden().Matches(text).Select(match => match.Value);

    // Namespaces of implementations, the names that implementations begin with, and ways to ask where the program runs.
    [GeneratedRegex(
        """
        ^\s*\#\s*(?:if|elif|else|endif)\b.*$
        | \bMirage\.(?:Net|Tls|Storage|Solo5|Console|AspNetCore)\b
        | \bSystem\.(?:Net\.Sockets|Net\.Security|Net\.Http|Console|IO\.File)\b
        | \b(?:Unix|Stream|Memory|Solo5)Console\b
        | \b(?:Socket|Direct|Tls|Memory|Virtual)Stack\b
        | \b(?:Tap|Tun|Virtual|Solo5)(?:Network|Device|Link)?\b(?=\s*[.<>(,)])
        | \b(?:Host|Solo5|Simulated)(?:Platform|Loop|Main)\b
        | \bOpenSsl\w*
        | \bConsole\.(?:Out|Error|In|Write|WriteLine|Read|ReadLine|Open\w+)\b
        | \b(?:OperatingSystem|RuntimeInformation)\b
        """,
        RegexOptions.IgnorePatternWhitespace | RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Forbidden();
}
