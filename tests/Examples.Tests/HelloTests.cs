using Hello;

namespace Mirage.Examples.Tests;

public sealed class HelloTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("hello, world")]
    [InlineData("Καλημέρα κόσμε")]
    public async Task The_same_bytes_come_out_of_every_console(string greeting)
    {
        var memory = MemoryConsole.Create();
        await new Hello<MemoryConsole>(memory, greeting).StartAsync(Stop);
        Assert.Equal(greeting + "\n", memory.WrittenText);

        using var output = new MemoryStream();
        await new Hello<StreamConsole>(StreamConsole.Create(Stream.Null, output), greeting).StartAsync(Stop);
        Assert.Equal(memory.Written, output.ToArray());

        using var child = ChildProcess.Start("Hello", "--hello", greeting);
        using var written = new MemoryStream();
        await child.Output.BaseStream.CopyToAsync(written, Stop);
        Assert.Equal((0, ""), await ExitAsync(child));
        Assert.Equal(memory.Written, written.ToArray());
    }

    [Fact]
    public async Task Without_arguments_it_greets_the_world()
        => Assert.Equal((0, "hello, world\n", ""), await ChildProcess.RunAsync("Hello"));

    [Fact]
    public async Task Asked_for_help_it_prints_its_arguments_and_does_nothing_else()
    {
        var (exitCode, output, error) = await ChildProcess.RunAsync("Hello", "--help");
        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains("--hello TEXT", output, StringComparison.Ordinal);
        Assert.Contains("(default: hello, world)", output, StringComparison.Ordinal);
        Assert.DoesNotContain("hello, world\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_argument_is_told_in_one_line()
        => Assert.Equal((64, "", "hello: unknown argument '--helo'; did you mean --hello?\n"), await ChildProcess.RunAsync("Hello", "--helo", "x"));

    private static async Task<(int ExitCode, string Error)> ExitAsync(ChildProcess child)
    {
        var (exitCode, _, error) = await child.EndAsync();
        return (exitCode, error);
    }
}
