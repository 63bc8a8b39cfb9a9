using System.Diagnostics;
using System.Globalization;

namespace Mirage.Namespaces;

/// <summary>
/// A Linux network namespace: interfaces, addresses and routes of its own, seen only by the processes started in it. It lives as long as a
/// process that
/// holds it, which ends when this object is disposed of or the test program dies. As root a plain namespace; otherwise one within a user namespace.
/// </summary>
public sealed partial class NetworkNamespace : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly NamespaceProcess _holder;
    private readonly bool _inUserNamespace;
    private readonly List<NamespaceProcess> _started = [];

    private NetworkNamespace(NamespaceProcess holder, bool inUserNamespace) => (_holder, _inUserNamespace) = (holder, inUserNamespace);

    /// <summary>Whether the processes in it are root outside too, and may become other users.</summary>
    public bool IsPrivileged => !_inUserNamespace;

    /// <summary>Makes a namespace with the loopback interface up.</summary>
    /// <param name="reason">Why there is none.</param>
    /// <returns>The namespace, or <see langword="null"/> where the host does not permit one.</returns>
    public static NetworkNamespace? TryCreate(out string reason)
    {
        var user = !Environment.IsPrivilegedProcess;
        NetworkNamespace? created = null;
        try
        {
            // The shell tells that it is inside; cat ends when this program's end of its input closes.
            string[] flags = user ? ["--user", "--map-root-user", "--net"] : ["--net"];
            var holder = NamespaceProcess.Start("unshare", [.. flags, "sh", "-c", "echo ready; exec cat"]);
            created = new NetworkNamespace(holder, user);
            using var limit = new CancellationTokenSource(Limit);
            _ = holder.WaitForLineAsync(line => line == "ready", limit.Token).GetAwaiter().GetResult();
            created.RunChecked("ip", "link", "set", "lo", "up");
            reason = "";
            return created;
        }
        catch (Exception exception) when (exception is System.ComponentModel.Win32Exception or InvalidOperationException or OperationCanceledException)
        {
            created?.Dispose();
            reason = $"no network namespace can be made: {exception.Message}";
            return null;
        }
    }

    /// <summary>Runs a command in the namespace to its end, at most a minute.</summary>
    /// <param name="command">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>How it ended and what it wrote.</returns>
    public CommandOutcome Run(string command, params string[] arguments)
    {
        using var limit = new CancellationTokenSource(Limit);
        return RunAsync(command, arguments, limit.Token).GetAwaiter().GetResult();
    }

    /// <summary>Runs a command in the namespace to its end.</summary>
    /// <param name="command">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="cancellation">Kills it.</param>
    /// <returns>How it ended and what it wrote.</returns>
    public async Task<CommandOutcome> RunAsync(string command, string[] arguments, CancellationToken cancellation = default)
    {
        using var process = NamespaceProcess.Start("nsenter", Inside(command, arguments));
        process.CloseInput();
        var exitCode = await process.WaitForExitAsync(cancellation).ConfigureAwait(false);
        return new CommandOutcome(exitCode, process.Output, process.Errors);
    }

    /// <summary>Runs a command and throws unless it ends with 0.</summary>
    /// <param name="command">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>What it wrote.</returns>
    public string RunChecked(string command, params string[] arguments)
    {
        var outcome = Run(command, arguments);
        return outcome.ExitCode == 0
            ? outcome.Output
            : throw new InvalidOperationException($"{command} {string.Join(' ', arguments)}: exit code {outcome.ExitCode}: {outcome.Errors.Trim()}");
    }

    /// <summary>Starts a command in the namespace. It is killed with the namespace if it is not before.</summary>
    /// <param name="command">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>The process.</returns>
    public NamespaceProcess Start(string command, params string[] arguments)
    {
        var process = NamespaceProcess.Start("nsenter", Inside(command, arguments));
        _started.Add(process);
        return process;
    }

    /// <summary>Makes a TAP interface and brings it up, without automatic IPv6 addresses, so that the kernel sends nothing by itself.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="address">The kernel's address on it, with a prefix length: <c>10.0.0.1/24</c>; or <see langword="null"/>.</param>
    /// <param name="mtu">Its MTU.</param>
    public void AddTap(string name, string? address, int mtu = 1500) => Add("tap", name, mtu, address is null ? [] : [address]);

    /// <summary>Makes a TUN interface and brings it up, as <see cref="AddTap"/> does.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="mtu">Its MTU.</param>
    /// <param name="addresses">The kernel's addresses on it, with prefix lengths, of either family.</param>
    public void AddTun(string name, int mtu, params string[] addresses) => Add("tun", name, mtu, addresses);

    /// <summary>Gives an interface to another namespace, where it is down and without addresses.</summary>
    /// <param name="name">The interface.</param>
    /// <param name="target">The other namespace.</param>
    public void Move(string name, NetworkNamespace target)
    {
        ArgumentNullException.ThrowIfNull(target);
        _ = RunChecked("ip", "link", "set", "dev", name, "netns", target._holder.Id.ToString(CultureInfo.InvariantCulture));
    }

    private void Add(string mode, string name, int mtu, string[] addresses)
    {
        _ = RunChecked("ip", "tuntap", "add", "dev", name, "mode", mode);

        // In this order: an interface with an MTU of less than 1280 has no IPv6, and does not know the word.
        _ = RunChecked("ip", "link", "set", "dev", name, "addrgenmode", "none");
        _ = RunChecked("ip", "link", "set", "dev", name, "mtu", mtu.ToString(CultureInfo.InvariantCulture));
        foreach (var address in addresses)
        {
            string[] noDetection = address.Contains(':', StringComparison.Ordinal) ? ["nodad"] : [];
            _ = RunChecked("ip", ["addr", "add", address, "dev", name, .. noDetection]);
        }

        _ = RunChecked("ip", "link", "set", "dev", name, "up");
    }

    /// <summary>Ends what was started in the namespace, and the namespace.</summary>
    public void Dispose()
    {
        foreach (var process in _started)
        {
            process.Dispose();
        }

        _holder.Dispose();
    }

    private string[] Inside(string command, string[] arguments)
    {
        string[] user = _inUserNamespace ? ["-U", "--preserve-credentials"] : [];
        return ["-t", _holder.Id.ToString(CultureInfo.InvariantCulture), .. user, "-n", "--", command, .. arguments];
    }
}

/// <summary>How a command ended.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">What it wrote to its standard output.</param>
/// <param name="Errors">What it wrote to its standard error.</param>
public sealed record CommandOutcome(int ExitCode, string Output, string Errors);
