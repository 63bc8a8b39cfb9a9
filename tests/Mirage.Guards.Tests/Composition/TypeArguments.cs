using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Runtime.Loader;

namespace Mirage.Guards.Tests.Composition;

/// <summary>Type arguments of what is composed.</summary>
internal static class TypeArguments
{
    /// <summary>
    /// The reference types among a closed type's arguments, their arguments and so on, each with the way to it; one of them makes the JIT share the code of the
    /// whole chain.
    /// </summary>
    public static IEnumerable<string> Classes(Type composed)
        => composed.GetGenericArguments().SelectMany(argument => argument.IsValueType
            ? Classes(argument).Select(found => $"{composed.Name} > {found}")
            : [$"{composed.Name} > {argument}"]);

    /// <summary>The closed types that an assembly names and that are made of devices: some parameter is constrained to an interface of Mirage.Types.</summary>
    public static IReadOnlyList<Type> Compositions(string path)
    {
        // In a context of its own, since one example's targets have the same name; what it refers to is this program's.
        var assembly = new AssemblyLoadContext(path).LoadFromAssemblyPath(path);
        using var reader = new PEReader(File.OpenRead(path));
        var count = reader.GetMetadataReader().GetTableRowCount(TableIndex.TypeSpec);
        return
        [
            .. Enumerable.Range(1, count)
                .Select(row => TryResolve(assembly.ManifestModule, MetadataTokens.GetToken(MetadataTokens.TypeSpecificationHandle(row))))
                .OfType<Type>()
                .Where(type => type.IsConstructedGenericType && !type.ContainsGenericParameters && IsMadeOfDevices(type.GetGenericTypeDefinition())),
        ];
    }

    public static bool IsMadeOfDevices(Type definition) => definition.GetGenericArguments().Any(IsDevice);

    /// <summary>Whether a type parameter stands for a device, a platform, a handler: it is constrained to an interface of Mirage.Types.</summary>
    public static bool IsDevice(Type parameter)
        => Array.Exists(parameter.GetGenericParameterConstraints(), constraint => constraint.IsInterface && constraint.Assembly == typeof(IFlow).Assembly);

    private static Type? TryResolve(Module module, int token)
    {
        try
        {
            return module.ResolveType(token);
        }
        catch (Exception exception) when (exception is BadImageFormatException or ArgumentException)
        {
            // It names parameters of a generic type or method, and there is none here.
            return null;
        }
    }
}
