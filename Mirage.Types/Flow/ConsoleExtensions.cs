using System.Text;

namespace Mirage;

/// <summary>Lines of text on any console.</summary>
public static class ConsoleExtensions
{
    private const int StackLimit = 512;

    /// <summary>
    /// Writes a line, as a log does: in UTF-8, ended by a line feed, in one write; dropped silently when the console is closed. Where the
    /// outcome matters use <see cref="IConsole.Write"/>.
    /// </summary>
    /// <typeparam name="TConsole">The console's type.</typeparam>
    /// <param name="console">The console.</param>
    /// <param name="text">The line, without its end.</param>
    public static void WriteLine<TConsole>(this TConsole console, ReadOnlySpan<char> text)
        where TConsole : struct, IConsole
    {
        var size = Encoding.UTF8.GetMaxByteCount(text.Length) + 1;
        var buffer = size <= StackLimit ? stackalloc byte[StackLimit] : new byte[size];
        var length = Encoding.UTF8.GetBytes(text, buffer);
        buffer[length] = (byte)'\n';
        _ = console.Write(buffer[..(length + 1)]);
    }

    /// <inheritdoc cref="WriteLine{TConsole}(TConsole, ReadOnlySpan{char})"/>
    public static void WriteLine<TConsole>(this TConsole console, string text)
        where TConsole : struct, IConsole
        => console.WriteLine(text.AsSpan());
}
