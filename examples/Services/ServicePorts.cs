using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Mirage;

namespace Services;

/// <summary>Where the services are: their well-known ports, each moved by an offset.</summary>
/// <param name="offset">What is added to each port; at most <see cref="MaxOffset"/>.</param>
public readonly struct ServicePorts(ushort offset) : ISpanParsable<ServicePorts>
{
    private const ushort WellKnownEcho = 7;
    private const ushort WellKnownDiscard = 9;
    private const ushort WellKnownDaytime = 13;
    private const ushort WellKnownQuote = 17;
    private const ushort WellKnownChargen = 19;

    /// <summary>The largest offset: every port still is one.</summary>
    public const ushort MaxOffset = ushort.MaxValue - WellKnownChargen;

    /// <summary>RFC 862.</summary>
    public ushort Echo => Moved(WellKnownEcho);

    /// <summary>RFC 863.</summary>
    public ushort Discard => Moved(WellKnownDiscard);

    /// <summary>RFC 867.</summary>
    public ushort Daytime => Moved(WellKnownDaytime);

    /// <summary>RFC 864.</summary>
    public ushort Chargen => Moved(WellKnownChargen);

    /// <summary>
    /// Whether a datagram from this port gets no answer. Two services that answer whatever comes would answer each other without end, and
    /// one datagram with a forged source starts it (CERT CA-1996-01); so nothing is sent to a port where such a service lives.
    /// </summary>
    /// <param name="remote">The port that it came from.</param>
    /// <returns>Whether to stay silent.</returns>
    public bool IsService(ushort remote)
        => remote is WellKnownEcho or WellKnownDaytime or WellKnownQuote or WellKnownChargen
            || remote == Echo || remote == Daytime || remote == Chargen;

    /// <summary>Reads the offset, in decimal.</summary>
    /// <exception cref="FormatException">It is not a number, or too large.</exception>
    public static ServicePorts Parse(ReadOnlySpan<char> s, IFormatProvider? provider)
        => TryParse(s, provider, out var ports) ? ports : throw new FormatException($"'{s}' is not a number from 0 to {MaxOffset}");

    /// <inheritdoc cref="Parse(ReadOnlySpan{char}, IFormatProvider?)"/>
    public static ServicePorts Parse(string s, IFormatProvider? provider) => Parse(s.AsSpan(), provider);

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out ServicePorts result)
    {
        var isOffset = ushort.TryParse(s, NumberStyles.None, CultureInfo.InvariantCulture, out var offset) && offset <= MaxOffset;
        result = isOffset ? new(offset) : default;
        return isOffset;
    }

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out ServicePorts result)
        => TryParse(s.AsSpan(), provider, out result);

    /// <summary>The offset.</summary>
    public override string ToString() => offset.ToString(CultureInfo.InvariantCulture);

    private ushort Moved(ushort port) => (ushort)(port + offset);
}
