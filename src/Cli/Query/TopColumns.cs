using Tidemark.Core;
using Tidemark.Core.Results;
using Tidemark.Sinks;

namespace Tidemark.Cli.Query;

/// <summary>The breakdowns of results by the names that people give them: <c>pages</c>, <c>countries</c>, or a name of their own.</summary>
internal static class TopColumns
{
    /// <summary>The names of those that all results have.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. ResultColumns.All.OfType<MapColumn>().Select(NameOf)];

    /// <summary>The breakdown of a name among the columns of a result; null when it has none, as before the configuration added it.</summary>
    public static MapColumn? Find(string name, WindowResult result) => ResultColumns.Of(result).OfType<MapColumn>()
        .FirstOrDefault(column => name == NameOf(column) || name == column.Dimension || name == column.Name);

    /// <summary>What to say when no result has a breakdown of that name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="known">The names that are known.</param>
    public static SinkException Unknown(string name, IEnumerable<string> known)
    {
        string[] names = [.. known.Distinct()];
        return new SinkException($"--top: expected one of {string.Join(", ", names)}, got '{name}'{NearNames.Hint(name, names)}");
    }

    /// <summary>The names of the breakdowns of a result.</summary>
    public static IEnumerable<string> NamesIn(WindowResult result) => ResultColumns.Of(result).OfType<MapColumn>().Select(NameOf);

    /// <summary>What a breakdown counts, in the plural.</summary>
    public static string Counts(MapColumn column) => IsPartial(column) ? "views" : "events";

    /// <summary>Whether a window keeps only its greatest keys, so that sums over windows lack what was not among them.</summary>
    public static bool IsPartial(MapColumn column) => column.Greatest is not null;

    private static string NameOf(MapColumn column) => column.IsAdded ? column.Name
        : column.Dimension.EndsWith('y') ? string.Concat(column.Dimension.AsSpan(0, column.Dimension.Length - 1), "ies") : column.Dimension + "s";
}
