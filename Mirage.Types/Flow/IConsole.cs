namespace Mirage;

/// <summary>
/// A console: a flow of bytes to and from a person. Reading gives what was typed, or the end at once where there is no input (Solo5).
/// Writing is also offered synchronously, because a console is where a program speaks when nothing else works.
/// </summary>
public interface IConsole : IFlow
{
    /// <summary>Writes all of the bytes before it returns.</summary>
    /// <param name="bytes">UTF-8 text by convention; passed on as it is. Not kept after the call.</param>
    /// <returns>Done, <see cref="ErrorKind.Closed"/> when the reader is gone or the console closed, or another error.</returns>
    Result Write(ReadOnlySpan<byte> bytes);
}
