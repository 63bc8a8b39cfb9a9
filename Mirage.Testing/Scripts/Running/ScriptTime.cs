namespace Mirage.Testing.Scripts;

/// <summary>When a line happens, in microseconds from the start of the script.</summary>
internal readonly struct ScriptTime(ScriptSettings settings, EventTime time, long offset, long previous)
{
    /// <summary>From where a relative time counts.</summary>
    public long Offset { get; } = offset;

    public long Start { get; } = time.Start + offset;

    /// <summary>When it has happened at the latest; for any time, <see cref="long.MaxValue"/>.</summary>
    public long End => time.Kind == TimeKind.Any ? long.MaxValue : (time.IsRange ? time.End : time.Start) + Offset;

    /// <summary>Throws if something did not happen when it should have.</summary>
    /// <param name="position">The line.</param>
    /// <param name="at">When it happened.</param>
    /// <param name="what">What it is.</param>
    public void Check(SourcePosition position, long at, string what)
    {
        if (time.Kind == TimeKind.Any)
        {
            return;
        }

        var tolerance = Math.Max(settings.Tolerance, (long)(settings.ToleranceRatio * (Start - previous)));
        if (at >= Start - tolerance && at <= End + tolerance)
        {
            return;
        }

        var expected = time.IsRange ? $"from {PacketText.Time(Start)} to {PacketText.Time(End)}" : $"at {PacketText.Time(Start)}";
        throw new ScriptException(position, $"{what} was expected {expected} and came at {PacketText.Time(at)} (tolerance {PacketText.Time(tolerance)})");
    }
}
