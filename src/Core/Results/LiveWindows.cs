namespace Tidemark.Core.Results;

/// <summary>
/// Selects the open windows that get a live result: of each family, those that hold events, were never published and close next.
/// </summary>
public static class LiveWindows
{
    /// <summary>The maximum number of live results of a family at a time.</summary>
    public const int MaxOfFamily = 16;

    /// <summary>The windows of each family that close next, at most <see cref="MaxOfFamily"/>.</summary>
    /// <param name="open">Windows that hold events and were never published, those of one family by end.</param>
    /// <param name="families">The number of families.</param>
    /// <param name="familyOf">The index of a window's family, 0 to <paramref name="families"/> - 1.</param>
    public static IEnumerable<T> CloseNext<T>(IEnumerable<T> open, int families, Func<T, int> familyOf)
    {
        ArgumentNullException.ThrowIfNull(open);
        ArgumentNullException.ThrowIfNull(familyOf);
        int[] taken = new int[families];
        return open.Where(window => taken[familyOf(window)]++ < MaxOfFamily);
    }
}
