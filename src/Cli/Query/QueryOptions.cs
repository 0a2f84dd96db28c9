using Tidemark.Core.Windows;
using Tidemark.Sinks.Redis;

namespace Tidemark.Cli.Query;

/// <summary>How results are shown.</summary>
internal enum QueryFormat
{
    Table,
    Json,
    Csv,
}

/// <summary>What one query reads and how it shows it.</summary>
/// <param name="Lake">The lake's directory or address, or null.</param>
/// <param name="Window">The window family.</param>
/// <param name="Range">Epoch milliseconds, half-open.</param>
/// <param name="Last">How many of the last windows, or null for all of the range.</param>
/// <param name="Format">How they are shown.</param>
/// <param name="Users">Whether the distinct users of the whole range are asked for instead.</param>
internal sealed record QueryOptions(string? Lake, string Window, Interval Range, int? Last, QueryFormat Format, bool Users)
{
    /// <summary>The Redis to read instead of a lake.</summary>
    public RedisOptions? Redis { get; init; }
}
