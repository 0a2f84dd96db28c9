using Tidemark.Core.Metrics;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;

namespace Tidemark.Sinks.Lake;

/// <summary>One row of <c>metrics_breakdown</c>: how often a value of a dimension was counted in a window. For tools that read maps badly.</summary>
/// <param name="Window">The window.</param>
/// <param name="Family">Name of the window's family.</param>
/// <param name="Dimension">What the value is: <see cref="MapColumn.Dimension"/>.</param>
/// <param name="Value">The page, the type of device, the country or the type of event.</param>
/// <param name="Events">Events; for a page its page views.</param>
/// <param name="Revision">Revision of the window.</param>
internal sealed record BreakdownRow(Interval Window, string Family, string Dimension, string Value, long Events, long Revision) : ILakeRecord
{
    private static readonly MapColumn[] Maps = [.. ResultColumns.All.OfType<MapColumn>().OrderBy(map => map.Dimension, StringComparer.Ordinal)];

    /// <summary>A row before any of its columns is read.</summary>
    public static BreakdownRow Blank { get; } = new(default, "", "", "", 0, 0);

    /// <summary>The rows of a result: dimension by dimension, each by count, descending.</summary>
    public static IReadOnlyList<BreakdownRow> From(WindowResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        Interval window = new(result.StartMs, result.EndMs);
        List<BreakdownRow> rows = new(ResultColumns.KeysOf(result));
        foreach (MapColumn map in Maps)
        {
            foreach (KeyCount entry in map.Get(result).Counts)
            {
                rows.Add(new BreakdownRow(window, result.Window, map.Dimension, entry.Key, entry.Count, result.Revision));
            }
        }

        return rows;
    }

    /// <summary>Whether two rows say the same, the revision apart.</summary>
    public bool HasSameContent(BreakdownRow other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return this with { Revision = other.Revision } == other;
    }
}
