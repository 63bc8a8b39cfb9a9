namespace Mirage;

/// <summary>How many typing errors make one word of another: a letter too many, missing, wrong, or two exchanged.</summary>
internal static class EditDistance
{
    /// <summary>The distance between two words (optimal string alignment).</summary>
    /// <param name="left">A word.</param>
    /// <param name="right">Another one.</param>
    /// <returns>The number of errors.</returns>
    public static int Between(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        // Row i, column j: the distance of the first i letters of left from the first j of right. Three rows are enough.
        var beforePrevious = new int[right.Length + 1];
        var previous = new int[right.Length + 1];
        var row = new int[right.Length + 1];
        for (var j = 0; j <= right.Length; j++)
        {
            row[j] = j;
        }

        for (var i = 1; i <= left.Length; i++)
        {
            (beforePrevious, previous, row) = (previous, row, beforePrevious);
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var wrong = left[i - 1] == right[j - 1] ? 0 : 1;
                row[j] = Math.Min(previous[j - 1] + wrong, Math.Min(previous[j], row[j - 1]) + 1);
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                {
                    row[j] = Math.Min(row[j], beforePrevious[j - 2] + 1);
                }
            }
        }

        return row[right.Length];
    }
}
