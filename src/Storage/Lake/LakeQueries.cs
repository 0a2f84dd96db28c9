namespace Tidemark.Storage.Lake;

/// <summary>Ready-made queries over a lake, for people to start from.</summary>
public static class LakeQueries
{
    /// <summary>A DuckDB query for the latest windows of a family.</summary>
    public static string RecentWindows(LocalLake lake, string window)
    {
        ArgumentNullException.ThrowIfNull(lake);
        string files = Path.Combine(lake.Root, LakeLayout.Table(window), "**", "*.parquet").Replace("'", "''", StringComparison.Ordinal);
        return $"SELECT window_start, total_events, unique_users, revenue FROM read_parquet('{files}') ORDER BY window_start DESC LIMIT 10";
    }
}
