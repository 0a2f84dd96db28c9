using System.Globalization;
using Tidemark.Core;
using Tidemark.Core.Results;

namespace Tidemark.Sinks.Lake;

/// <summary>
/// The paths of a lake. A window's own file is <c>metrics_1min/date=2026-11-22/hour=06/1795305600.parquet</c>: the name is derived from the
/// window alone, so a retry or a correction replaces it and never duplicates it. Once every window that starts in the hour is final, the
/// folder has <c>hour-1795305600.parquet</c> with all of them. Names that start with <c>_</c> are temporary; query engines ignore them.
/// </summary>
public static class LakeLayout
{
    internal const long HourMs = 3_600_000;
    internal const long DayMs = 24 * HourMs;
    internal const string DailySuffix = "_daily";

    private const string Extension = ".parquet";
    private const string HourName = "hour-";
    private const string EndedName = "ended-";

    /// <summary>
    /// The name of the table of sessions. The sessions of a day that ended in a minute are <c>sessions/date=2026-11-22/ended-1795305600.parquet</c>:
    /// the day is that of their start, and a session that began on the day before the minute is in a file of that day. Once the minutes of an hour
    /// are final, they are <c>hour-1795305600.parquet</c> together.
    /// </summary>
    public const string SessionTable = "sessions";

    /// <summary>The name of a family's table.</summary>
    public static string Table(string window) => "metrics_" + window;

    /// <summary>
    /// The folder of a family in the table of breakdowns. The partition column must not have the name of the data column <c>window</c>.
    /// </summary>
    public static string BreakdownTable(string window) => $"{BreakdownName}/family={window}";

    /// <summary>The name of the table of breakdowns.</summary>
    public const string BreakdownName = "metrics_breakdown";

    /// <summary>The path of a window's file relative to the lake's root, separated by <c>/</c>.</summary>
    /// <param name="result">The window.</param>
    /// <param name="sharesStarts">Whether several windows of the family share a start, so that the name includes the end.</param>
    public static string PathOf(WindowResult result, bool sharesStarts)
    {
        ArgumentNullException.ThrowIfNull(result);
        return WindowFile(Table(result.Window), result.StartMs, result.EndMs, sharesStarts);
    }

    /// <summary>
    /// The table with the same rows in one file per day: <c>_daily</c> is appended to the table's name, before any partition.
    /// </summary>
    internal static string Daily(string table)
    {
        int partition = table.IndexOf('/', StringComparison.Ordinal);
        return partition < 0 ? table + DailySuffix : table.Insert(partition, DailySuffix);
    }

    internal static string WindowFile(string table, long startMs, long endMs, bool sharesStarts)
    {
        string name = sharesStarts ? $"{Seconds(startMs)}-{Seconds(endMs)}" : Seconds(startMs);
        return $"{HourFolder(table, startMs)}/{name}{Extension}";
    }

    internal static string DayFolder(string table, long timeMs) =>
        string.Create(CultureInfo.InvariantCulture, $"{table}/date={DateTimeOffset.FromUnixTimeMilliseconds(timeMs):yyyy-MM-dd}");

    internal static string HourFolder(string table, long timeMs) =>
        string.Create(CultureInfo.InvariantCulture, $"{DayFolder(table, timeMs)}/hour={DateTimeOffset.FromUnixTimeMilliseconds(timeMs):HH}");

    internal static string HourFile(string table, long timeMs) => $"{HourFolder(table, timeMs)}/{HourName}{Seconds(HourOf(timeMs))}{Extension}";

    internal static string DailyFile(string table, long timeMs) =>
        string.Create(CultureInfo.InvariantCulture,
            $"{DayFolder(Daily(table), timeMs)}/{DateTimeOffset.FromUnixTimeMilliseconds(timeMs):yyyy-MM-dd}{Extension}");

    /// <summary>The file of the sessions of a day that ended in a minute.</summary>
    internal static string EndedFile(long dayMs, long minuteMs) => $"{DayFolder(SessionTable, dayMs)}/{EndedName}{Seconds(minuteMs)}{Extension}";

    /// <summary>The file of the sessions of a day that ended in an hour.</summary>
    internal static string EndedHourFile(long dayMs, long hourMs) => $"{DayFolder(SessionTable, dayMs)}/{HourName}{Seconds(hourMs)}{Extension}";

    /// <summary>What a file of the table of sessions holds, from its path; null for other files.</summary>
    /// <returns>The day of the starts; the minute in which they ended, or its hour.</returns>
    internal static (long DayMs, long EndedMs, bool IsHour)? SessionsOfFile(string path)
    {
        string[] parts = path.Split('/');
        if (parts.Length < 3 || !parts[^1].EndsWith(Extension, StringComparison.Ordinal) || DayOfFolder(parts[^2]) is not { } day)
        {
            return null;
        }

        bool isHour = parts[^1].StartsWith(HourName, StringComparison.Ordinal);
        string prefix = isHour ? HourName : EndedName;
        ReadOnlySpan<char> name = parts[^1].AsSpan(0, parts[^1].Length - Extension.Length);
        return name.StartsWith(prefix, StringComparison.Ordinal)
            && long.TryParse(name[prefix.Length..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long seconds)
            && Math.Abs(seconds) < long.MaxValue / 1000
                ? (day, seconds * 1000, isHour)
                : null;
    }

    internal static long HourOf(long timeMs) => EventTime.Floor(timeMs, HourMs);

    internal static long DayOf(long timeMs) => EventTime.Floor(timeMs, DayMs);

    /// <summary>Whether a path is that of an hour's file rather than of a single window.</summary>
    internal static bool IsHourFile(string path) => path.AsSpan(path.LastIndexOf('/') + 1).StartsWith(HourName, StringComparison.Ordinal);

    /// <summary>The first millisecond of the day of a folder named <c>date=2026-11-22</c>; null for other folders.</summary>
    internal static long? DayOfFolder(string folder) =>
        folder.StartsWith("date=", StringComparison.Ordinal)
        && DateTimeOffset.TryParseExact(
            folder.AsSpan(5), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset day)
            ? day.ToUnixTimeMilliseconds()
            : null;

    /// <summary>The first millisecond of the hour whose folder contains a Parquet file; null for files elsewhere.</summary>
    internal static long? HourOfFile(string path)
    {
        string[] parts = path.Split('/');
        return parts.Length >= 4
            && parts[^1].EndsWith(Extension, StringComparison.Ordinal)
            && parts[^2].StartsWith("hour=", StringComparison.Ordinal)
            && int.TryParse(parts[^2].AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out int hour)
            && hour < 24
            && DayOfFolder(parts[^3]) is { } day
                ? day + (hour * HourMs)
                : null;
    }

    /// <summary>Epoch seconds, with three fraction digits for times that are not whole seconds.</summary>
    private static string Seconds(long epochMs) =>
        epochMs % 1000 == 0
            ? (epochMs / 1000).ToString(CultureInfo.InvariantCulture)
            : (epochMs / 1000m).ToString("0.000", CultureInfo.InvariantCulture);
}
