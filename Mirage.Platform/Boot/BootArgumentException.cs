namespace Mirage;

/// <summary>A command line that is wrong. The message is one line that names the argument.</summary>
/// <param name="message">The message.</param>
public sealed class BootArgumentException(string message) : Exception(message);
