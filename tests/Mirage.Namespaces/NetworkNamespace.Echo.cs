using System.Globalization;

namespace Mirage.Namespaces;

public sealed partial class NetworkNamespace
{
    /// <summary>
    /// Sends echo requests and waits until the kernel has counted an answer to each. What <c>ping</c> itself says of answers is of no use for that: once one has come, it waits for the rest
    /// no longer than twice the longest time or one interval, whatever it is told, and calls what comes later lost.
    /// </summary>
    /// <param name="address">To whom, of either family.</param>
    /// <param name="count">How many requests.</param>
    /// <param name="arguments">What else <c>ping</c> is told.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>What <c>ping</c> wrote.</returns>
    /// <exception cref="InvalidOperationException">Not every request left, some answer did not come in a minute, or more answers came than requests left.</exception>
    public async Task<string> EchoAsync(string address, int count, string[] arguments, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(address);
        // One goes alone: while the kernel looks for a neighbour, it keeps few packets for it.
        var first = await RunEchoAsync(address, 1, arguments, cancellation).ConfigureAwait(false);
        return count == 1 ? first : first + await RunEchoAsync(address, count - 1, arguments, cancellation).ConfigureAwait(false);
    }

    private async Task<string> RunEchoAsync(string address, int count, string[] arguments, CancellationToken cancellation)
    {
        var (sent, answered) = EchoCounts(address);
        var ping = await RunAsync("ping", ["-c", $"{count}", "-W", "20", .. arguments, address], cancellation).ConfigureAwait(false);
        var ended = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var (sentNow, answeredNow) = EchoCounts(address);
            if (sentNow - sent == count && answeredNow - answered == count)
            {
                return ping.Output;
            }

            if (sentNow - sent != count || answeredNow - answered > count || TimeProvider.System.GetElapsedTime(ended) > Limit)
            {
                throw new InvalidOperationException($"{count} requests, {sentNow - sent} left, {answeredNow - answered} answers: {ping}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>How many echo requests of a family left the namespace, and how many answers came.</summary>
    private (long Sent, long Answered) EchoCounts(string address)
    {
        var isV6 = address.Contains(':', StringComparison.Ordinal);
        var counters = RunChecked("nstat", isV6 ? ["-asz", "Icmp6OutEchos", "Icmp6InEchoReplies"] : ["-asz", "IcmpOutEchos", "IcmpInEchoReps"]);
        var values = counters.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(words => words is [not "#kernel", _, ..])
            .ToDictionary(words => words[0], words => long.Parse(words[1], CultureInfo.InvariantCulture));
        return isV6 ? (values["Icmp6OutEchos"], values["Icmp6InEchoReplies"]) : (values["IcmpOutEchos"], values["IcmpInEchoReps"]);
    }
}
