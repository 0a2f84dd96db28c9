namespace Tidemark.Core.Results;

/// <summary>Which open windows have a live result: those that hold events and were never published, of each family the ones that close next.</summary>
public static class LiveWindows
{
    /// <summary>Most live results of a family at a time.</summary>
    public const int MaxOfFamily = 16;

    /// <summary>Of each family the windows that close next.</summary>
    /// <param name="open">Windows that hold events and were never published, those of one family by end.</param>
    /// <param name="families">How many families there are.</param>
    /// <param name="familyOf">The place of a window's family, 0 to <paramref name="families"/> - 1.</param>
    public static IEnumerable<T> CloseNext<T>(IEnumerable<T> open, int families, Func<T, int> familyOf)
    {
        ArgumentNullException.ThrowIfNull(open);
        ArgumentNullException.ThrowIfNull(familyOf);
        int[] taken = new int[families];
        return open.Where(window => taken[familyOf(window)]++ < MaxOfFamily);
    }
}
