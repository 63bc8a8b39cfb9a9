using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Mirage.Testing;

[assembly: SupportedOSPlatform("linux")]

namespace Mirage.Consoles.Tests;

/// <summary>A console over pipes that block.</summary>
public sealed class UnixConsoleTests() : UnixConsoleBehaviour(flags: 0)
{
    [Fact]
    public void The_standard_consoles_are_one_for_the_process()
    {
        Assert.Equal(UnixConsole.Stdout, UnixConsole.Stdout);
        Assert.Equal(UnixConsole.Stderr, UnixConsole.Stderr);
        Assert.NotEqual(UnixConsole.Stdout, UnixConsole.Stderr);
    }

    [Fact]
    public void A_negative_descriptor_is_refused()
        => Assert.Throws<ArgumentOutOfRangeException>(() => UnixConsole.FromDescriptors(0, -1));

    [Fact]
    public async Task A_descriptor_that_is_not_open_is_closed()
    {
        const int NotOpen = 1_000_000;
        var console = UnixConsole.FromDescriptors(NotOpen, NotOpen);
        Assert.Equal(ErrorKind.Closed, (await Bounded(console.ReadAsync(new byte[1], Stop))).Error.Kind);
        var error = console.Write("x"u8).Error;
        Assert.Equal(ErrorKind.Closed, error.Kind);
        Assert.Equal("write to file descriptor 1000000: Bad file descriptor", error.ToString());
    }

    [Fact]
    public void A_full_disk_is_full()
    {
        using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write);
        var console = UnixConsole.FromDescriptors(0, full.SafeFileHandle.Number());
        Assert.Equal("write to file descriptor " + full.SafeFileHandle.Number() + ": No space left on device", console.Write("x"u8).Error.ToString());
    }
}

/// <summary>A console over pipes that do not block.</summary>
public sealed class NonBlockingUnixConsoleTests() : UnixConsoleBehaviour(TestDescriptors.NonBlocking);

/// <summary>What a console over pipes does, whether or not they block.</summary>
public abstract class UnixConsoleBehaviour : ConsoleBehaviour<UnixConsole>, IDisposable
{
    private const int PipeSize = 4096;

    private readonly SafeFileHandle _input;
    private readonly SafeFileHandle _output;
    private readonly FileStream _feed;
    private readonly FileStream _take;

    protected UnixConsoleBehaviour(int flags)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "pipes and signals of Linux");
        (_input, var feed) = TestDescriptors.Pipe();
        (var take, _output) = TestDescriptors.Pipe(size: PipeSize);
        TestDescriptors.SetFlagsOf(_input, flags);
        TestDescriptors.SetFlagsOf(_output, flags);
        _feed = new FileStream(feed, FileAccess.Write, bufferSize: 0);
        _take = new FileStream(take, FileAccess.Read, bufferSize: 0);
        Console = UnixConsole.FromDescriptors(_input.Number(), _output.Number());
    }

    protected override UnixConsole Console { get; }

    [Fact]
    public void Writing_to_a_reader_that_is_gone_is_closed()
    {
        _take.Dispose();
        var result = Console.Write("x"u8);
        Assert.Equal(ErrorKind.Closed, result.Error.Kind);
        Assert.Equal($"write to file descriptor {_output.Number()}: Broken pipe", result.ToString());
        Assert.Equal(ErrorKind.Closed, Console.Write("x"u8).Error.Kind);
    }

    [Fact]
    public async Task Writing_asynchronously_to_a_reader_that_is_gone_is_closed()
    {
        _take.Dispose();
        Assert.Equal(ErrorKind.Closed, (await Bounded(Console.WriteAsync("x"u8.ToArray(), Stop))).Error.Kind);
    }

    [Fact]
    public async Task A_reader_who_goes_away_ends_a_pending_write()
    {
        var write = Console.WriteAsync(new byte[2 * PipeSize], Stop).AsTask();
        Assert.False(write.IsCompleted);
        _take.Dispose();
        Assert.Equal(ErrorKind.Closed, (await Bounded(write)).Error.Kind);
    }

    [Fact]
    public async Task A_second_pending_write_throws_and_the_first_goes_on()
    {
        var bytes = RandomBytes(3 * PipeSize);
        var write = Console.WriteAsync(bytes, Stop).AsTask();

        _ = await Assert.ThrowsAsync<InvalidOperationException>(async () => await Console.WriteAsync("x"u8.ToArray(), Stop));

        var taken = await Bounded(TakeAsync(bytes.Length, () => write));
        (await Bounded(write)).ThrowIfFailed();
        Assert.Equal(bytes, taken);
    }

    [Fact]
    public async Task Cancelling_a_write_of_which_nothing_was_accepted_leaves_the_console_writable()
    {
        var filling = RandomBytes(PipeSize);
        (await Bounded(Console.WriteAsync(filling, Stop))).ThrowIfFailed();
        using var cancel = new CancellationTokenSource();
        var write = Console.WriteAsync("lost"u8.ToArray(), cancel.Token).AsTask();
        Assert.False(write.IsCompleted);
        await cancel.CancelAsync();
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Bounded(write));

        var taken = await Bounded(TakeAsync(PipeSize + 4, async () => (await Bounded(Console.WriteAsync("kept"u8.ToArray(), Stop))).ThrowIfFailed()));
        Assert.Equal([.. filling, .. "kept"u8], taken);
    }

    [Fact]
    public async Task Cancelling_a_write_of_which_some_was_accepted_closes_the_console()
    {
        using var cancel = new CancellationTokenSource();
        var write = Console.WriteAsync(new byte[2 * PipeSize], cancel.Token).AsTask();
        Assert.False(write.IsCompleted);
        await cancel.CancelAsync();
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Bounded(write));
        Assert.Equal(ErrorKind.Closed, Console.Write("x"u8).Error.Kind);
    }

    [Fact]
    public async Task Closing_ends_a_pending_write()
    {
        var write = Console.WriteAsync(new byte[2 * PipeSize], Stop).AsTask();
        Assert.False(write.IsCompleted);
        (await Bounded(Console.CloseAsync(Stop))).ThrowIfFailed();
        Assert.Equal(ErrorKind.Closed, (await Bounded(write)).Error.Kind);
    }

    [Fact]
    public async Task Signals_do_not_disturb_a_write()
    {
        TestDescriptors.HandleSignalByDoingNothing(TestDescriptors.UserSignal);
        var bytes = RandomBytes(1_000_000);
        var thread = new TaskCompletionSource<int>();
        Result result = ErrorKind.Other;
        var writer = new Thread(() =>
        {
            thread.SetResult(TestDescriptors.CurrentThread());
            result = Console.Write(bytes);
        });
        writer.Start();
        var number = await Bounded(thread.Task);
        var taken = new byte[bytes.Length];
        for (var count = 0; count < taken.Length;)
        {
            for (var i = 0; i < 4; i++)
            {
                // The writer is not done while there is something to take beyond what fits the pipe.
                if (taken.Length - count > 2 * PipeSize)
                {
                    TestDescriptors.Interrupt(number, TestDescriptors.UserSignal);
                }
            }

            count += _take.Read(taken, count, Math.Min(1000, taken.Length - count));
        }

        Assert.True(writer.Join(TimeSpan.FromSeconds(60)));
        result.ThrowIfFailed();
        Assert.Equal(bytes, taken);
    }

    [Fact]
    public async Task Closing_the_console_leaves_the_descriptors_open()
    {
        (await Bounded(Console.CloseAsync(Stop))).ThrowIfFailed();
        var taken = await Bounded(TakeAsync(1, () =>
        {
            UnixConsole.FromDescriptors(_input.Number(), _output.Number()).Write("x"u8).ThrowIfFailed();
            return Task.CompletedTask;
        }));
        Assert.Equal("x"u8, taken);
    }

    public void Dispose()
    {
        _feed.Dispose();
        _take.Dispose();
        _output.Dispose();

        // A wait for input of this console ends once the feeding side is closed.
        _input.Dispose();
        GC.SuppressFinalize(this);
    }

    protected override void Feed(ReadOnlyMemory<byte> bytes) => _feed.Write(bytes.Span);

    protected override void EndInput() => _feed.Dispose();

    protected override async Task<byte[]> TakeAsync(int count, Func<Task> write)
    {
        var bytes = new byte[count];
        var taking = Task.Run(() => _take.ReadExactly(bytes));
        await write();
        await taking;
        return bytes;
    }
}
