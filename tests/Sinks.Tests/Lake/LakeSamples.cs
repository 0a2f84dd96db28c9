using System.Globalization;
using Tidemark.Core.Metrics;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;
using Tidemark.Sinks.Lake;
using Tidemark.Support.Fixtures;

namespace Tidemark.Sinks.Tests.Lake;

/// <summary>Results as the engine makes them, without an engine, and a lake's rows as DuckDB sees them.</summary>
internal static class LakeSamples
{
    /// <summary>2026-11-22T06:00:00Z.</summary>
    public const long Start = 1_795_327_200_000;

    public const long Minute = 60_000;

    public const long Hour = 60 * Minute;

    public const long Day = 24 * Hour;

    public static readonly WindowDefinition OneMinute = new() { Name = "1min", Size = TimeSpan.FromMinutes(1) };

    public static readonly WindowDefinition FiveMinutes = new() { Name = "5min", Size = TimeSpan.FromMinutes(5), Slide = TimeSpan.FromMinutes(1) };

    public static readonly WindowDefinition OneHour = new() { Name = "1hour", Size = TimeSpan.FromHours(1) };

    public static readonly WindowDefinition Today = new() { Name = "today", Size = TimeSpan.FromDays(1), Step = TimeSpan.FromHours(1) };

    public static readonly WindowDefinition[] Families = [OneMinute, FiveMinutes, OneHour, Today];

    /// <summary>A result whose numbers follow from its window and revision: 100 events in the first, one more with each revision.</summary>
    public static WindowResult Result(WindowDefinition family, long startMs, long revision = 1, long? lengthMs = null)
    {
        long length = lengthMs ?? (long)family.Size.TotalMilliseconds;
        HyperLogLog users = new();
        foreach (string user in Users(startMs))
        {
            users.Add(MurmurHash64A.Hash(System.Text.Encoding.UTF8.GetBytes(user)));
        }

        byte[] sketch = new byte[HyperLogLog.RedisDenseBytes];
        users.WriteRedisDense(sketch);
        return new WindowResult
        {
            Window = family.Name,
            StartMs = startMs,
            EndMs = startMs + length,
            Phase = revision > 1 ? Phase.Corrected : Phase.OnTime,
            Revision = revision,
            WatermarkMs = startMs + length + 9_999,
            TotalEvents = 99 + revision,
            UniqueUsers = 3,
            UniqueUsersExact = true,
            UsersSketch = sketch,
            PageViews = 40 + revision,
            Clicks = 30,
            Purchases = 2,
            Revenue = 19.9900m + revision,
            RevenueOverflow = false,
            InvalidAmounts = 1,
            TopPages = new Breakdown([new("/home", 30 + revision), new("/ü'\"\\ 漢字 🛒", 9), new("", 1)], 0),
            Devices = new Breakdown([new("mobile", 60), new("desktop", 39 + revision)], 0),
            Countries = new Breakdown([new("DE", 70), new("", 20), new("NO", 9 + revision)], 0),
            EventTypes = new Breakdown([new("page_view", 40 + revision), new("click", 30), new("it's, \"quoted\"", 29)], 0),
            Averages = family.Name == "1min" ? null : new AveragePerMinute(99.5m, 1, 2, 3, 4.2500m),
        };
    }

    /// <summary>Three users: two of every hour and one of its own.</summary>
    public static IEnumerable<string> Users(long startMs)
    {
        string hour = (startMs / Hour).ToString(CultureInfo.InvariantCulture);
        return ["a" + hour, "b" + hour, "own" + startMs.ToString(CultureInfo.InvariantCulture)];
    }

    /// <summary>The windows of a family that start in an hour.</summary>
    public static List<WindowResult> HourOf(WindowDefinition family, long hourMs, long revision = 1, int count = 60) =>
        [.. Enumerable.Range(0, count).Select(minute => Result(family, hourMs + (minute * Minute), revision))];

    /// <summary>A path's rows as documented: each window once, with its highest revision.</summary>
    public static string Deduplicated(string root, string table) => $"""
        (SELECT * FROM read_parquet({DuckDb.Quote($"{root}/{table}/**/*.parquet")}, hive_partitioning = false)
         QUALIFY row_number() OVER (PARTITION BY window_start, window_end ORDER BY revision DESC) = 1)
        """;

    /// <summary>The files below a folder of the lake by path from its root, ordered.</summary>
    public static List<string> Paths(string root, string table) =>
        Directory.Exists(Path.Combine(root, table))
            ? [.. TempFolder.Files(Path.Combine(root, table)).Select(file => Path.GetRelativePath(root, file)).Order(StringComparer.Ordinal)]
            : [];

    /// <summary>All windows of a family as the reader sees them.</summary>
    public static async Task<List<WindowResult>> ReadAllAsync(LakeFiles lake, string family)
    {
        List<WindowResult> all = [];
        await foreach (WindowResult result in new LakeReader(lake).ReadAsync(family, new Interval(long.MinValue, long.MaxValue), default))
        {
            all.Add(result);
        }

        return all;
    }

    public static string Json(WindowResult result)
    {
        System.Buffers.ArrayBufferWriter<byte> buffer = new();
        ResultJson.Write(result, buffer);
        return System.Text.Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>The results as text, by start and end.</summary>
    public static List<string> Texts(IEnumerable<WindowResult> results) =>
        [.. results.OrderBy(result => (result.StartMs, result.EndMs)).Select(Json)];
}
