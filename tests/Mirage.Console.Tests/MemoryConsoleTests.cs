using Mirage.Testing;

namespace Mirage.Consoles.Tests;

public sealed class MemoryConsoleTests : ConsoleBehaviour<MemoryConsole>
{
    protected override MemoryConsole Console { get; } = MemoryConsole.Create();

    [Fact]
    public async Task The_output_is_bounded_and_a_write_that_does_not_fit_is_the_last()
    {
        var console = MemoryConsole.Create(capacity: 10);
        console.Write("12345678"u8).ThrowIfFailed();
        Assert.Equal(ErrorKind.Full, (await console.WriteAsync("abc"u8.ToArray(), Stop)).Error.Kind);
        Assert.Equal(ErrorKind.Full, console.Write("a"u8).Error.Kind);
        Assert.Equal("12345678", console.WrittenText);
    }

    [Fact]
    public async Task Unread_input_is_bounded()
    {
        var console = MemoryConsole.Create(capacity: 4);
        console.Feed("abc"u8);
        _ = Assert.Throws<InvalidOperationException>(() => console.Feed("de"));
        Assert.Equal(3, (await console.ReadAsync(new byte[10], Stop)).Count);
        console.Feed("defg");
    }

    [Fact]
    public void Input_that_was_ended_takes_no_more()
    {
        Console.EndInput();
        Console.EndInput();
        _ = Assert.Throws<InvalidOperationException>(() => Console.Feed("x"));
    }

    protected override void Feed(ReadOnlyMemory<byte> bytes) => Console.Feed(bytes.Span);

    protected override void EndInput() => Console.EndInput();

    protected override async Task<byte[]> TakeAsync(int count, Func<Task> write)
    {
        var before = Console.Written.Length;
        await write();
        Assert.Equal(count, Console.Written.Length - before);
        return Console.Written[before..];
    }
}
