using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading.Channels;

namespace Mirage.Namespaces;

/// <summary>A running process whose output is collected. Disposing kills it, by its id, and waits for its end.</summary>
public sealed partial class NamespaceProcess : IDisposable
{
    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly Task<string> _output;
    private readonly Task<string> _errors;
    private bool _disposed;

    private NamespaceProcess(Process process)
    {
        _process = process;
        Id = process.Id;
        _output = CollectAsync(process.StandardOutput, _lines.Writer);
        _errors = CollectAsync(process.StandardError, null);
    }

    /// <summary>The process's id.</summary>
    public int Id { get; }

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => _process.HasExited;

    internal string Output => _output.GetAwaiter().GetResult();

    internal string Errors => _errors.GetAwaiter().GetResult();

    /// <summary>Writes a line to its standard input.</summary>
    /// <param name="line">The line.</param>
    public void WriteLine(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
    }

    /// <summary>Sends it a signal.</summary>
    /// <param name="number">The signal's number.</param>
    public void Signal(int number)
    {
        if (SendSignal(Id, number) < 0)
        {
            throw new InvalidOperationException($"signal {number} to {Id}: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    /// <summary>Ends its standard input.</summary>
    public void CloseInput() => _process.StandardInput.Close();

    /// <summary>Waits for a line of its standard output. Each line is looked at once, by the first wait that comes to it.</summary>
    /// <param name="wanted">Whether it is the line.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The line.</returns>
    /// <exception cref="InvalidOperationException">The output ended without it.</exception>
    public async Task<string> WaitForLineAsync(Func<string, bool> wanted, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        while (await _lines.Reader.WaitToReadAsync(cancellation).ConfigureAwait(false))
        {
            while (_lines.Reader.TryRead(out var line))
            {
                if (wanted(line))
                {
                    return line;
                }
            }
        }

        var errors = await _errors.ConfigureAwait(false);
        throw new InvalidOperationException($"{_process.StartInfo.FileName} {string.Join(' ', _process.StartInfo.ArgumentList)} ended: {errors.Trim()}");
    }

    /// <summary>Waits for its end.</summary>
    /// <param name="cancellation">Ends the wait and kills it.</param>
    /// <returns>Its exit code.</returns>
    public async Task<int> WaitForExitAsync(CancellationToken cancellation = default)
    {
        try
        {
            await _process.WaitForExitAsync(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Kill();
            throw;
        }

        return _process.ExitCode;
    }

    /// <summary>Kills it, unless it has ended.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        Kill();
        _process.Dispose();
    }

    internal static NamespaceProcess Start(string command, string[] arguments)
    {
        var start = new ProcessStartInfo(command, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return new NamespaceProcess(Process.Start(start) ?? throw new InvalidOperationException($"{command} did not start"));
    }

    // What it wrote is kept as it is; lines, without their ends, are for those who wait.
    private static async Task<string> CollectAsync(StreamReader reader, ChannelWriter<string>? lines)
    {
        var all = new StringBuilder();
        var line = new StringBuilder();
        var buffer = new char[4096];
        while (await reader.ReadAsync(buffer).ConfigureAwait(false) is var count and > 0)
        {
            _ = all.Append(buffer, 0, count);
            for (var i = 0; lines is not null && i < count; i++)
            {
                if (buffer[i] != '\n')
                {
                    _ = line.Append(buffer[i]);
                    continue;
                }

                _ = lines.TryWrite(line.ToString());
                _ = line.Clear();
            }
        }

        if (line.Length > 0)
        {
            _ = lines?.TryWrite(line.ToString());
        }

        lines?.Complete();
        return all.ToString();
    }

    private void Kill()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int process, int signal);
}
