namespace Tidemark.Benchmarks.Cost;

/// <summary>The tables of docs/COST.md: each is between a comment with its name and one that ends it.</summary>
internal static class CostPage
{
    public const string Path = "docs/COST.md";

    private const string End = "<!-- end -->\n";

    /// <summary>The table of a name, as the page has it.</summary>
    public static string Find(string page, string name)
    {
        (int start, int end) = PlaceOf(page, name);
        return page[start..end];
    }

    /// <summary>The page with another table under a name.</summary>
    public static string Replace(string page, string name, string table)
    {
        (int start, int end) = PlaceOf(page, name);
        return string.Concat(page.AsSpan(0, start), table, page.AsSpan(end));
    }

    private static (int Start, int End) PlaceOf(string page, string name)
    {
        string begin = $"<!-- {name} -->\n";
        int at = page.IndexOf(begin, StringComparison.Ordinal);
        int end = at < 0 ? -1 : page.IndexOf(End, at, StringComparison.Ordinal);
        return end >= 0 ? (at + begin.Length, end) : throw new InvalidDataException($"{Path} has no table '{name}'.");
    }
}
