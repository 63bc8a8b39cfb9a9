namespace Mirage.Scenarios.Tests;

/// <summary>A stream of bytes of which each position is known: random bytes whose period is a prime, so that nothing of a power of two long repeats in it.</summary>
internal sealed class Pattern
{
    private const int Period = 262_139;

    // Once more after the end, so that a piece is contiguous from any start.
    private readonly byte[] _bytes = new byte[Period * 2];

    public Pattern(int seed)
    {
        new Random(seed).NextBytes(_bytes.AsSpan(0, Period));
        _bytes.AsSpan(0, Period).CopyTo(_bytes.AsSpan(Period));
    }

    public static Pattern Request { get; } = new(1);

    public static Pattern Response { get; } = new(2);

    /// <summary>The longest piece.</summary>
    public static int MaxPiece => Period;

    public ReadOnlyMemory<byte> At(long position, long length) => _bytes.AsMemory((int)(position % Period), (int)Math.Min(length, MaxPiece));

    public bool Matches(long position, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var piece = At(position, bytes.Length).Span;
            if (!bytes[..piece.Length].SequenceEqual(piece))
            {
                return false;
            }

            bytes = bytes[piece.Length..];
            position += piece.Length;
        }

        return true;
    }
}
