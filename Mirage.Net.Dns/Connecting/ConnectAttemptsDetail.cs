namespace Mirage.Net.Dns;

/// <summary>An address that was tried, and what came of it.</summary>
/// <param name="Remote">The address and port.</param>
/// <param name="Error">Why there is no connection.</param>
public readonly record struct ConnectAttempt(IpEndpoint Remote, DeviceError Error);

/// <summary>Why a host could not be connected to: what came of each attempt.</summary>
/// <param name="Host">The host.</param>
/// <param name="Port">The port.</param>
/// <param name="Attempts">The attempts that failed, in the order of failing.</param>
/// <param name="Pending">The addresses whose attempts had not ended when the time was over.</param>
public sealed record ConnectAttemptsDetail(string Host, ushort Port, IReadOnlyList<ConnectAttempt> Attempts, IReadOnlyList<IpEndpoint> Pending) : ErrorDetail
{
    /// <inheritdoc/>
    public override string Text
        => $"{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}: {string.Join("; ", [.. Attempts.Select(attempt => $"{attempt.Remote}: {attempt.Error}"), .. Pending.Select(remote => $"{remote}: no answer yet")])}";
}
