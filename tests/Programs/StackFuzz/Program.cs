using Mirage.Fuzzing;
using SharpFuzz;

// Under afl-fuzz: one input after another from standard input. With files as arguments: those, and what they do.
if (args.Length == 0)
{
    Fuzzer.OutOfProcess.Run(stream =>
    {
        var input = new MemoryStream();
        stream.CopyTo(input);
        _ = StackFuzzer.Run(input.ToArray());
    });
    return 0;
}

var failed = 0;
foreach (var path in args)
{
    try
    {
        var outcome = StackFuzzer.Run(File.ReadAllBytes(path));
        Console.WriteLine($"{path}: passed, {outcome.BytesRead} bytes read, {outcome.Counters.Tcp}");
    }
    catch (FuzzException exception)
    {
        failed++;
        Console.WriteLine($"{path}: {exception}");
    }
    catch (IOException exception)
    {
        failed++;
        Console.WriteLine($"{path}: {exception.Message}");
    }
}

return failed > 0 ? 1 : 0;
