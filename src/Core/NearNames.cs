namespace Tidemark.Core;

/// <summary>Finds the known name that was probably meant by an unknown one: another case, a letter or two wrong, or only its beginning.</summary>
public static class NearNames
{
    private const int MaxLength = 64;
    private const int MinPrefix = 4;

    /// <summary>The nearest known name, of equally near ones the first; null when none is near.</summary>
    /// <param name="name">The unknown name. One that is long, and thus none of ours, is near to nothing.</param>
    /// <param name="known">The known names.</param>
    public static string? Find(string name, IEnumerable<string> known)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(known);
        string plain = Plain(name);
        if (plain.Length == 0 || name.Length > MaxLength)
        {
            return null;
        }

        List<string> names = [.. known];
        if (plain.Length >= MinPrefix && names.Find(candidate => Plain(candidate).StartsWith(plain, StringComparison.Ordinal)) is { } beginning)
        {
            return beginning;
        }

        string? nearest = names.MinBy(candidate => Distance(plain, Plain(candidate)));
        return nearest is not null && Distance(plain, Plain(nearest)) <= Math.Max(1, plain.Length / 4) ? nearest : null;
    }

    /// <summary>What to append to a message about an unknown name: <c>; did you mean 'allowedLateness'?</c>, or nothing.</summary>
    public static string Hint(string name, IEnumerable<string> known) => Find(name, known) is { } near ? $"; did you mean '{near}'?" : "";

    /// <summary>
    /// How many letters must be added, removed, replaced or swapped with their neighbour to make one text of the other (optimal string
    /// alignment).
    /// </summary>
    public static int Distance(string left, string right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        int[] before = new int[right.Length + 1];
        int[] last = [.. Enumerable.Range(0, right.Length + 1)];
        for (int i = 1; i <= left.Length; i++)
        {
            int[] row = new int[right.Length + 1];
            row[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int replaced = last[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
                row[j] = Math.Min(replaced, Math.Min(last[j], row[j - 1]) + 1);
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                {
                    row[j] = Math.Min(row[j], before[j - 2] + 1);
                }
            }

            (before, last) = (last, row);
        }

        return last[^1];
    }

    private static string Plain(string name) => new([.. name.Where(char.IsLetterOrDigit).Select(char.ToLowerInvariant)]);
}
