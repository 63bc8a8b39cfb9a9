using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Mirage.Analyzers.Tests;

public class IgnoredResultTests
{
    [Theory]
    [InlineData("Write();")]
    [InlineData("Find();")]
    [InlineData("device.Return(); device.Send(1, default);")]
    [InlineData("device.Rent(1, out var frame);")]
    [InlineData("await flow.WriteAsync(buffer);")]
    [InlineData("await flow.WriteAsync(buffer).ConfigureAwait(false);")]
    [InlineData("await flow.ReadAsync(buffer);")]
    [InlineData("await FindAsync();")]
    [InlineData("flow.WriteAsync(buffer);")]
    [InlineData("(await FindAsync()).ThrowIfFailed(); Write();")]
    [InlineData("Action action = () => Write();")]
    [InlineData("async Task Local() => await flow.WriteAsync(buffer);")]
    [InlineData("void Local() => Write();")]
    [InlineData("other?.Write();")]
    public async Task An_ignored_result_is_an_error(string statements)
    {
        var found = Assert.Single(await AnalyzeAsync(statements));
        Assert.Equal((IgnoredResultAnalyzer.Id, DiagnosticSeverity.Error), (found.Id, found.Severity));
    }

    [Theory]
    [InlineData("_ = Write();")]
    [InlineData("_ = await flow.ReadAsync(buffer);")]
    [InlineData("var result = Write(); Console.WriteLine(result);")]
    [InlineData("Write().ThrowIfFailed();")]
    [InlineData("(await flow.WriteAsync(buffer)).ThrowIfFailed();")]
    [InlineData("Result last; last = Write(); Console.WriteLine(last);")]
    [InlineData("if (Write().IsDone) { Console.WriteLine(); }")]
    [InlineData("Func<Result> function = () => Write();")]
    [InlineData("Func<Task<Result>> function = async () => await flow.WriteAsync(buffer);")]
    [InlineData("Func<Task> thrower = async () => await flow.WriteAsync(buffer);")]
    [InlineData("Result Local() => Write();")]
    [InlineData("await Task.Delay(1); buffer.ToString();")]
    public async Task A_result_that_is_looked_at_or_put_aside_is_not(string statements)
        => Assert.Empty(await AnalyzeAsync(statements));

    [Fact]
    public async Task The_message_says_what_is_ignored_and_what_to_do()
    {
        var found = Assert.Single(await AnalyzeAsync("Find();"));
        Assert.Equal(
            "'Result<int>' is ignored here: look at it, call ThrowIfFailed, or assign it to _ if it does not matter how this went",
            found.GetMessage(System.Globalization.CultureInfo.InvariantCulture));
    }

    private static async Task<ImmutableArray<Diagnostic>> AnalyzeAsync(string statements)
    {
        var source = $$"""
            using System;
            using System.Threading.Tasks;
            using Mirage;

            public class Program<TNetwork, TFlow>(TNetwork device, TFlow flow, byte[] buffer, Program<TNetwork, TFlow>? other)
                where TNetwork : struct, INetwork
                where TFlow : struct, IFlow
            {
                public Result Write() => Result.Done;

                public Result<int> Find() => 1;

                public ValueTask<Result<int>> FindAsync() => new(Find());

                public async Task RunAsync()
                {
                    await Task.Yield();
                    GC.KeepAlive(other);
                    {{statements}}
                }
            }
            """;
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path));
        var compilation = CSharpCompilation.Create(
            "Analyzed",
            [CSharpSyntaxTree.ParseText(source)],
            references,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
        Assert.DoesNotContain(compilation.GetDiagnostics(), diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
        return await compilation.WithAnalyzers([new IgnoredResultAnalyzer()]).GetAnalyzerDiagnosticsAsync(TestContext.Current.CancellationToken);
    }
}
