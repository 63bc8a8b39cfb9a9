using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Mirage.Analyzers;

/// <summary>
/// MIRAGE0100: a statement ignores what a call, or the task that it awaits, says about how it went. Assigning it to <c>_</c> says that this is meant.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class IgnoredResultAnalyzer : DiagnosticAnalyzer
{
    /// <summary>The rule's number.</summary>
    public const string Id = "MIRAGE0100";

    private static readonly DiagnosticDescriptor _rule = new(
        Id,
        "A result is ignored",
        "'{0}' is ignored here: look at it, call ThrowIfFailed, or assign it to _ if it does not matter how this went",
        "Reliability",
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    private static readonly ImmutableArray<string> _resultTypes =
        ["Mirage.Result", "Mirage.Result`1", "Mirage.FlowRead", "Mirage.LendStatus", "Mirage.SendStatus"];

    private static readonly ImmutableArray<string> _taskTypes =
        ["System.Threading.Tasks.Task`1", "System.Threading.Tasks.ValueTask`1"];

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => [_rule];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterCompilationStartAction(static start =>
        {
            var results = TypesOf(start.Compilation, _resultTypes);
            if (results.IsEmpty)
            {
                return;
            }

            var tasks = TypesOf(start.Compilation, _taskTypes);
            start.RegisterSyntaxNodeAction(node => CheckStatement(node, results, tasks), SyntaxKind.ExpressionStatement);
            start.RegisterSyntaxNodeAction(
                node => CheckBody(node, results, tasks),
                SyntaxKind.ArrowExpressionClause,
                SyntaxKind.SimpleLambdaExpression,
                SyntaxKind.ParenthesizedLambdaExpression);
        });
    }

    private static void CheckStatement(SyntaxNodeAnalysisContext context, ImmutableArray<INamedTypeSymbol> results, ImmutableArray<INamedTypeSymbol> tasks)
        => Check(context, ((ExpressionStatementSyntax)context.Node).Expression, results, tasks);

    // Where a body is an expression and the result is void, the expression is a statement too; in an async method that returns a task, so is what it awaits.
    // Not in an async lambda: what takes a delegate of a task is most often an assertion that it throws.
    private static void CheckBody(SyntaxNodeAnalysisContext context, ImmutableArray<INamedTypeSymbol> results, ImmutableArray<INamedTypeSymbol> tasks)
    {
        var (body, owner) = context.Node switch
        {
            ArrowExpressionClauseSyntax arrow => (arrow.Expression, context.ContainingSymbol as IMethodSymbol),
            LambdaExpressionSyntax { ExpressionBody: { } expression } lambda => (expression, context.SemanticModel.GetSymbolInfo(lambda).Symbol as IMethodSymbol),
            _ => (null, null),
        };
        if (context.Node.Parent is LocalFunctionStatementSyntax local)
        {
            owner = context.SemanticModel.GetDeclaredSymbol(local, context.CancellationToken) as IMethodSymbol;
        }

        var awaits = owner is { IsAsync: true, MethodKind: not MethodKind.AnonymousFunction, ReturnType: INamedTypeSymbol { IsGenericType: false } };
        if (body is not null && owner is not null && (owner.ReturnsVoid || awaits))
        {
            Check(context, body, results, tasks);
        }
    }

    private static void Check(
        SyntaxNodeAnalysisContext context, ExpressionSyntax expression, ImmutableArray<INamedTypeSymbol> results, ImmutableArray<INamedTypeSymbol> tasks)
    {
        if (expression is AssignmentExpressionSyntax)
        {
            return;
        }

        var type = context.SemanticModel.GetTypeInfo(expression, context.CancellationToken).Type;
        if (type is INamedTypeSymbol { IsGenericType: true } task && tasks.Contains(task.OriginalDefinition, SymbolEqualityComparer.Default))
        {
            // Not awaited, so that not even its failure is seen.
            type = task.TypeArguments[0];
        }

        // A call through "?." gives a nullable.
        if (type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable)
        {
            type = nullable.TypeArguments[0];
        }

        if (type is INamedTypeSymbol named && results.Contains(named.OriginalDefinition, SymbolEqualityComparer.Default))
        {
            context.ReportDiagnostic(Diagnostic.Create(_rule, expression.GetLocation(), named.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat)));
        }
    }

    private static ImmutableArray<INamedTypeSymbol> TypesOf(Compilation compilation, ImmutableArray<string> names)
        => [.. names.SelectMany(name => compilation.GetTypesByMetadataName(name))];
}
