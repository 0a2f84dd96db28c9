using Tidemark.Core.Results;
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

    /// <summary>The zone of the days, the hours and the times that are shown.</summary>
    public ZoneClock Clock { get; init; } = ZoneClock.Utc;

    /// <summary>The breakdown whose greatest keys are shown instead of windows, or null.</summary>
    public string? Top { get; init; }

    /// <summary>How many keys of <see cref="Top"/> are shown.</summary>
    public int Limit { get; init; }

    /// <summary>The metric that is drawn instead of a table, or null.</summary>
    public ResultColumn? Chart { get; init; }

    /// <summary>The local hours or days that windows are added up to, or null.</summary>
    public LocalPeriod? By { get; init; }

    /// <summary>Whether sessions are shown instead of windows.</summary>
    public bool Sessions { get; init; }

    /// <summary>The user whose sessions are shown, as published; null: all users.</summary>
    public string? User { get; init; }

    /// <summary>Whether only the rows are shown.</summary>
    public bool IsQuiet { get; init; }
}
