using Tidemark.Core;
using Tidemark.Core.Results;
using Tidemark.Sinks;

namespace Tidemark.Cli.Query;

/// <summary>The breakdowns of results by the names that people give them: <c>pages</c>, <c>countries</c>, or a name of their own.</summary>
internal static class TopColumns
{
    /// <summary>The names of those that all results have.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. ResultColumns.All.OfType<MapColumn>().Select(NameOf)];

    /// <summary>The breakdown of a name among the columns of a result; null when there is none.</summary>
    public static MapColumn? Find(string name, WindowResult result) => ResultColumns.Of(result).OfType<MapColumn>()
        .FirstOrDefault(column => name == NameOf(column) || name == column.Dimension || name == column.Name);

    /// <summary>What to say when no result has a breakdown.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="last">The last of the results.</param>
    public static SinkException Missing(string name, WindowResult last)
    {
        string[] names = [.. ResultColumns.Of(last).OfType<MapColumn>().Select(NameOf)];
        return new SinkException($"--top: expected one of {string.Join(", ", names)}, got '{name}'{NearNames.Hint(name, names)}");
    }

    /// <summary>What a breakdown counts, in the plural.</summary>
    public static string Counts(MapColumn column) => IsPartial(column) ? "views" : "events";

    /// <summary>Whether a window keeps only its greatest keys, so that sums over windows lack what was not among them.</summary>
    public static bool IsPartial(MapColumn column) => column.Greatest is not null;

    /// <summary>The name as it is told: a breakdown of the configuration has its own, the others are in the plural.</summary>
    private static string NameOf(MapColumn column) =>
        column.IsAdded ? column.Name
        : column.Dimension.EndsWith('y') ? string.Concat(column.Dimension.AsSpan(0, column.Dimension.Length - 1), "ies") : column.Dimension + "s";
}
