namespace Tidemark.Sinks.Lake;

/// <summary>Sample queries over a lake.</summary>
public static class LakeQueries
{
    /// <summary>
    /// A DuckDB query for the latest windows of a family that have events, each with its highest revision: sessions go on to end for a while after
    /// the last event.
    /// </summary>
    public static string RecentWindows(LocalLake lake, string window)
    {
        ArgumentNullException.ThrowIfNull(lake);
        string files = Path.Combine(Literal(lake.Root), LakeLayout.Table(window), "**", "*.parquet").Replace("'", "''", StringComparison.Ordinal);
        return $"SELECT window_start, total_events, unique_users, revenue FROM read_parquet('{files}') WHERE total_events > 0 "
            + "QUALIFY row_number() OVER (PARTITION BY window_start, window_end ORDER BY revision DESC) = 1 ORDER BY window_start DESC LIMIT 10";
    }

    /// <summary>Escapes the wildcards of a path for use in a glob pattern.</summary>
    private static string Literal(string path) =>
        string.Concat(path.Select(character => character is '*' or '?' or '[' ? $"[{character}]" : character.ToString()));
}
