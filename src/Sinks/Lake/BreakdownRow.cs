using Tidemark.Core.Metrics;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;

namespace Tidemark.Sinks.Lake;

/// <summary>
/// One row of <c>metrics_breakdown</c>, for tools with poor support for maps: the count of one value of a dimension in a window.
/// </summary>
/// <param name="Window">The window.</param>
/// <param name="Family">The name of the window's family.</param>
/// <param name="Dimension">The dimension of the value: <see cref="MapColumn.Dimension"/>.</param>
/// <param name="Value">The page, device type, country, event type, or key of a breakdown that the configuration adds.</param>
/// <param name="Events">The number of events; for a page, of page views.</param>
/// <param name="Revision">The revision of the window.</param>
internal sealed record BreakdownRow(Interval Window, string Family, string Dimension, string Value, long Events, long Revision) : ILakeRecord
{
    private static readonly MapColumn[] Maps = [.. ResultColumns.All.OfType<MapColumn>().OrderBy(map => map.Dimension, StringComparer.Ordinal)];

    /// <summary>An empty row, into which a reader puts the columns.</summary>
    public static BreakdownRow Blank { get; } = new(default, "", "", "", 0, 0);

    /// <summary>The rows of a result, by dimension, then by count, descending.</summary>
    public static IReadOnlyList<BreakdownRow> From(WindowResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        Interval window = new(result.StartMs, result.EndMs);
        List<BreakdownRow> rows = new(ResultColumns.KeysOf(result));
        foreach (MapColumn map in MapsOf(result))
        {
            foreach (KeyCount entry in map.Get(result).Counts)
            {
                rows.Add(new BreakdownRow(window, result.Window, map.Dimension, entry.Key, entry.Count, result.Revision));
            }
        }

        return rows;
    }

    private static IEnumerable<MapColumn> MapsOf(WindowResult result) => result.Breakdowns.Count == 0 ? Maps
        : ResultColumns.Of(result).OfType<MapColumn>().OrderBy(map => map.Dimension, StringComparer.Ordinal);

    /// <summary>Whether two rows are equal except for the revision.</summary>
    public bool HasSameContent(BreakdownRow other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return this with { Revision = other.Revision } == other;
    }
}
