using Mirage.Scripts;
using Mirage.Testing.Scripts;

// Runs packet scripts against the direct stack: one line for each, then how many passed and failed.
var options = args.Where(argument => argument.StartsWith("--", StringComparison.Ordinal)).ToList();
var verbose = options.Remove("--notes");
var paths = args.Where(argument => !argument.StartsWith("--", StringComparison.Ordinal)).ToList();
if (paths.Count == 0 || options.Contains("--help"))
{
    Console.Error.WriteLine("usage: PacketScript [--notes] [--ip_version=ipv4|ipv6|ipv4-mapped-ipv6] [--option=value …] FILE.pkt|FOLDER …");
    return 2;
}

var (passed, failed) = (0, 0);
foreach (var path in paths)
{
    if (!ScriptFiles.TryFind(path, out var files, out var problem))
    {
        Console.WriteLine($"{path}: failed: {problem}");
        failed++;
        continue;
    }

    foreach (var file in files)
    {
        var outcome = Run(file);
        Console.WriteLine(outcome);
        foreach (var note in verbose ? outcome.Notes : [])
        {
            Console.WriteLine($"    {note}");
        }

        (passed, failed) = outcome.HasPassed ? (passed + 1, failed) : (passed, failed + 1);
    }
}

Console.WriteLine($"{passed} passed, {failed} failed");
return failed == 0 ? 0 : 1;

ScriptOutcome Run(string file)
{
    try
    {
        return PacketScript.Run(file, File.ReadAllText(file), new DirectStackHost(), [.. options.Select(option => option[2..])]);
    }
    catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
    {
        return new ScriptOutcome(file, new ScriptException(default, $"cannot be read: {failure.Message}"), []);
    }
}
