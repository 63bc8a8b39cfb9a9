using Mirage;

namespace Services;

/// <summary>
/// The pattern that RFC 864 proposes: lines of 72 of the 95 printing characters of ASCII, each line starting one character later in the ring.
/// </summary>
public static class ChargenPattern
{
    private const int Characters = 95;
    private const int LineLength = 72;
    private const byte First = (byte)' ';

    /// <summary>The bytes after which the pattern repeats: a line with its end for each character to start with.</summary>
    public const int Period = Characters * (LineLength + 2);

    // As many whole periods as fit in 64 KiB: blocks written one after another continue the pattern.
    private static readonly byte[] Pattern = Make((64 * 1024) / Period);

    /// <summary>Whole periods of the pattern.</summary>
    public static ReadOnlyMemory<byte> Block => Pattern;

    private static byte[] Make(int periods)
    {
        var block = new byte[periods * Period];
        var at = 0;
        for (var line = 0; line < periods * Characters; line++)
        {
            // The first line starts with the exclamation mark, as in the RFC's example.
            for (var column = 0; column < LineLength; column++)
            {
                block[at++] = (byte)(First + ((line + column + 1) % Characters));
            }

            block[at++] = (byte)'\r';
            block[at++] = (byte)'\n';
        }

        return block;
    }
}
