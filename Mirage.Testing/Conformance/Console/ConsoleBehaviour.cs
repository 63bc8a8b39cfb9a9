using System.Buffers;
using System.Text;

#pragma warning disable CS1591 // the name of a test is its documentation

namespace Mirage.Testing;

/// <summary>What every <see cref="IConsole"/> promises. A console's tests derive a class, and say what is typed and what was written; xunit makes a new object, and so a new console, for each
/// test.</summary>
/// <typeparam name="TConsole">The console.</typeparam>
public abstract partial class ConsoleBehaviour<TConsole>
    where TConsole : struct, IConsole
{
    private const int Large = 10_000_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>The console under test: one for each object.</summary>
    protected abstract TConsole Console { get; }

    /// <summary>Cancelled when the test is to end.</summary>
    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Types: makes bytes available to the console's reads.</summary>
    /// <param name="bytes">The bytes.</param>
    protected abstract void Feed(ReadOnlyMemory<byte> bytes);

    /// <summary>Ends what is typed: reads give the end after it.</summary>
    protected abstract void EndInput();

    /// <summary>Writes, while the other end takes what comes.</summary>
    /// <param name="count">How many bytes will be written.</param>
    /// <param name="write">What writes them.</param>
    /// <returns>What was written.</returns>
    protected abstract Task<byte[]> TakeAsync(int count, Func<Task> write);

    [Fact]
    public async Task The_default_value_throws_and_names_the_type()
    {
        TConsole none = default;
        Assert.True(none.IsDefault);
        Assert.False(Console.IsDefault);
        var exceptions = new[]
        {
            Assert.Throws<InvalidOperationException>(() => none.Write("x"u8)),
            Assert.Throws<InvalidOperationException>(() => none.Remote),
            Assert.Throws<InvalidOperationException>(() => none.TryGet<int>(out _)),
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await none.ReadAsync(new byte[1], Stop)),
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await none.WriteAsync(new byte[1], Stop)),
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await none.ShutdownAsync(FlowDirection.Both, Stop)),
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await none.CloseAsync(Stop)),
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await none.AbortAsync()),
        };
        Assert.All(exceptions, exception => Assert.Contains(typeof(TConsole).Name, exception.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_console_has_no_endpoints_and_no_features()
    {
        Assert.Equal(IpEndpoint.None, Console.Local);
        Assert.Equal(IpEndpoint.None, Console.Remote);
        Assert.False(Console.TryGet<IpEndpoint>(out _));
    }

    [Fact]
    public async Task Lines_are_UTF8_with_a_line_feed()
    {
        var expected = "hello, world\nΚόσμε\n"u8.ToArray();
        var taken = await Bounded(TakeAsync(expected.Length, () =>
        {
            Console.WriteLine("hello, world");
            Console.WriteLine("Κόσμε");
            return Task.CompletedTask;
        }));
        Assert.Equal(expected, taken);
    }

    [Fact]
    public async Task All_ways_of_writing_write_the_bytes_as_they_are()
    {
        var bytes = Enumerable.Range(0, 256).Select(i => (byte)i).ToArray();
        var taken = await Bounded(TakeAsync(4 * bytes.Length, async () =>
        {
            Console.Write(bytes).ThrowIfFailed();
            (await Console.WriteAsync(bytes, Stop)).ThrowIfFailed();
            (await Console.WriteAsync(Segments.OfParts(bytes.AsMemory(0, 100), default, bytes.AsMemory(100)), Stop)).ThrowIfFailed();
            Console.Write([]).ThrowIfFailed();
            (await Console.WriteAsync(ReadOnlyMemory<byte>.Empty, Stop)).ThrowIfFailed();
            (await Console.WriteAsync(ReadOnlySequence<byte>.Empty, Stop)).ThrowIfFailed();
            Console.Write(bytes).ThrowIfFailed();
        }));
        Assert.Equal([.. bytes, .. bytes, .. bytes, .. bytes], taken);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ten_megabytes_arrive_identical(bool asynchronously)
    {
        var bytes = RandomBytes(Large);
        var taken = await Bounded(TakeAsync(Large, async () =>
        {
            var result = asynchronously ? await Console.WriteAsync(bytes, Stop) : await Task.Run(() => Console.Write(bytes), Stop);
            result.ThrowIfFailed();
        }));
        Assert.True(bytes.AsSpan().SequenceEqual(taken));
    }

    [Fact]
    public async Task Ten_megabytes_are_read_identical()
    {
        var bytes = RandomBytes(Large);
        var feeding = Task.Run(
            () =>
            {
                Feed(bytes);
                EndInput();
            },
            Stop);
        var read = new MemoryStream();
        var buffer = new byte[10_000];
        FlowRead last;
        while ((last = await Bounded(Console.ReadAsync(buffer, Stop))).HasData)
        {
            read.Write(buffer, 0, last.Count);
        }

        await Bounded(feeding);
        Assert.True(last.IsEnd);
        Assert.True(bytes.AsSpan().SequenceEqual(read.ToArray()));
    }

    [Fact]
    public async Task Lines_of_several_threads_do_not_mix()
    {
        const int Count = 200;
        var lines = Enumerable.Range(0, 4).Select(i => new string((char)('a' + i), 99)).ToArray();
        var taken = await Bounded(TakeAsync(4 * Count * 100, () => Task.WhenAll(lines.Select(line => Task.Run(() =>
        {
            for (var i = 0; i < Count; i++)
            {
                Console.WriteLine(line);
            }
        })))));
        var counts = Encoding.ASCII.GetString(taken).Split('\n', StringSplitOptions.RemoveEmptyEntries).CountBy(line => line).ToDictionary();
        Assert.Equal(4, counts.Count);
        Assert.All(lines, line => Assert.Equal(Count, counts[line]));
    }

    [Fact]
    public async Task A_read_waits_for_input_and_takes_no_more_than_its_buffer_holds()
    {
        var buffer = new byte[3];
        var read = Console.ReadAsync(buffer, Stop).AsTask();
        Assert.False(read.IsCompleted);

        Feed("hello"u8.ToArray());

        Assert.Equal(3, (await Bounded(read)).Count);
        Assert.Equal("hel"u8, buffer);
        Assert.Equal(2, (await Bounded(Console.ReadAsync(buffer, Stop))).Count);
        Assert.Equal("lol"u8, buffer);
    }

    [Fact]
    public async Task After_the_end_there_is_only_the_end()
    {
        Feed("x"u8.ToArray());
        EndInput();
        Assert.Equal(1, (await Bounded(Console.ReadAsync(new byte[10], Stop))).Count);
        for (var i = 0; i < 3; i++)
        {
            Assert.True((await Bounded(Console.ReadAsync(new byte[10], Stop))).IsEnd);
            Assert.True((await Bounded(Console.ReadAsync(Memory<byte>.Empty, Stop))).IsEnd);
        }
    }

    [Fact]
    public async Task A_second_pending_read_throws_and_the_first_goes_on()
    {
        var buffer = new byte[1];
        var first = Console.ReadAsync(buffer, Stop).AsTask();

        _ = await Assert.ThrowsAsync<InvalidOperationException>(async () => await Console.ReadAsync(new byte[1], Stop));

        Feed("x"u8.ToArray());
        Assert.Equal(1, (await Bounded(first)).Count);
        Assert.Equal("x"u8, buffer);
    }

    [Fact]
    public async Task A_cancelled_read_loses_nothing()
    {
        var expected = new List<byte>();
        var read = new List<byte>();
        for (byte i = 0; i < 20; i++)
        {
            using var cancel = new CancellationTokenSource();
            var cancelled = Console.ReadAsync(new byte[10], cancel.Token).AsTask();
            await cancel.CancelAsync();
            _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Bounded(cancelled));
            byte[] bytes = [i, 0];
            expected.AddRange(bytes);
            Feed(bytes);
            while (read.Count < expected.Count)
            {
                var buffer = new byte[10];
                read.AddRange(buffer[..(await Bounded(Console.ReadAsync(buffer, Stop))).ThrowIfFailed()]);
            }
        }

        Assert.Equal(expected, read);
    }

    [Fact]
    public async Task A_read_into_an_empty_buffer_waits_and_takes_nothing()
    {
        var empty = Console.ReadAsync(Memory<byte>.Empty, Stop).AsTask();
        Assert.False(empty.IsCompleted);
        Feed("x"u8.ToArray());
        EndInput();

        var first = await Bounded(empty);
        var second = await Bounded(Console.ReadAsync(Memory<byte>.Empty, Stop));

        Assert.All([first, second], read => Assert.True(read is { Count: 0, IsEnd: false, IsError: false }));
        var buffer = new byte[10];
        Assert.Equal(1, (await Bounded(Console.ReadAsync(buffer, Stop))).Count);
        Assert.Equal((byte)'x', buffer[0]);
        Assert.True((await Bounded(Console.ReadAsync(Memory<byte>.Empty, Stop))).IsEnd);
    }

    [Fact]
    public async Task A_token_that_is_cancelled_already_changes_nothing()
    {
        var cancelled = new CancellationToken(canceled: true);
        Feed("x"u8.ToArray());
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Console.ReadAsync(new byte[1], cancelled));
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Console.WriteAsync("no"u8.ToArray(), cancelled));

        Assert.Equal(1, (await Bounded(Console.ReadAsync(new byte[1], Stop))).Count);
        Assert.Equal("yes"u8.ToArray(), await Bounded(TakeAsync(3, async () => (await Console.WriteAsync("yes"u8.ToArray(), Stop)).ThrowIfFailed())));
    }

    /// <summary>Waits, but not for ever.</summary>
    /// <typeparam name="T">The outcome's type.</typeparam>
    /// <param name="task">What to wait for.</param>
    /// <returns>The outcome.</returns>
    protected static Task<T> Bounded<T>(Task<T> task) => task.WaitAsync(Patience, Stop);

    /// <summary>Waits, but not for ever.</summary>
    /// <param name="task">What to wait for.</param>
    /// <returns>When it has ended.</returns>
    protected static Task Bounded(Task task) => task.WaitAsync(Patience, Stop);

    /// <summary>Waits, but not for ever.</summary>
    /// <typeparam name="T">The outcome's type.</typeparam>
    /// <param name="task">What to wait for.</param>
    /// <returns>The outcome.</returns>
    protected static Task<T> Bounded<T>(ValueTask<T> task) => Bounded(task.AsTask());

    /// <summary>Some bytes, the same each time.</summary>
    /// <param name="count">How many.</param>
    /// <returns>The bytes.</returns>
    protected static byte[] RandomBytes(int count)
    {
        var bytes = new byte[count];
        new Random(1).NextBytes(bytes);
        return bytes;
    }
}
