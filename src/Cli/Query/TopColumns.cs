using Tidemark.Core;
using Tidemark.Core.Results;
using Tidemark.Sinks;

namespace Tidemark.Cli.Query;

/// <summary>The breakdowns of results by the names that people give them: <c>pages</c>, <c>countries</c>, or a name of their own.</summary>
internal static class TopColumns
{
    /// <summary>The names of those that all results have.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. ResultColumns.All.OfType<MapColumn>().Select(NameOf)];

    /// <summary>The breakdown of a name among the columns of a result.</summary>
    /// <exception cref="SinkException">There is none.</exception>
    public static MapColumn Find(string name, WindowResult result)
    {
        MapColumn[] columns = [.. ColumnsOf(result).OfType<MapColumn>()];
        if (columns.FirstOrDefault(column => name == NameOf(column) || name == column.Dimension || name == column.Name) is { } found)
        {
            return found;
        }

        string[] names = [.. columns.Select(NameOf)];
        throw new SinkException($"--top: expected one of {string.Join(", ", names)}, got '{name}'{NearNames.Hint(name, names)}");
    }

    /// <summary>What a breakdown counts, in the plural.</summary>
    public static string Counts(MapColumn column) => IsPartial(column) ? "views" : "events";

    /// <summary>Whether a window keeps only its greatest keys, so that sums over windows lack what was not among them.</summary>
    public static bool IsPartial(MapColumn column) => column.Greatest is not null;

    private static IEnumerable<ResultColumn> ColumnsOf(WindowResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return ResultColumns.All;
    }

    private static string NameOf(MapColumn column) =>
        column.Dimension.EndsWith('y') ? string.Concat(column.Dimension.AsSpan(0, column.Dimension.Length - 1), "ies") : column.Dimension + "s";
}
