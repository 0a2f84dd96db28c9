using System.Globalization;
using System.Text.RegularExpressions;
using Tidemark.Core.Results;
using Tidemark.Sinks.Lake;
using Tidemark.Support.Fixtures;
using static Tidemark.Sinks.Tests.Lake.LakeSamples;
using static Tidemark.Support.Samples.SessionSamples;

namespace Tidemark.Sinks.Tests.Lake;

/// <summary>
/// The queries of docs/LAKE.md, verbatim, over a lake in all its states: a final day, a final hour still in both kinds of files,
/// single files.
/// </summary>
public sealed partial class LakeDocsTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly List<WindowResult> _minutes =
        [.. HourOf(OneMinute, Start - Day, count: 3), .. HourOf(OneMinute, Start, count: 5), Result(OneMinute, Start, 2), .. HourOf(
            OneMinute, Start + Hour, count: 4)];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task EveryDocumentedQuery_OverALakeInAllItsStates_RunsAndCountsRight()
    {
        string[] queries = [.. Block().Matches(await File.ReadAllTextAsync(DocsPath())).Select(match => match.Groups["sql"].Value)];
        Assert.Equal(8, queries.Length);
        await WriteLakeAsync();

        List<DuckDbResult> answers = [];
        foreach (string query in queries)
        {
            string here = query.Replace(
                "'lake/", "'" + _folder.File("lake").Replace("'", "''", StringComparison.Ordinal) + "/", StringComparison.Ordinal);
            Assert.NotEqual(query, here);
            answers.Add(await DuckDb.QueryAsync(here));
        }

        Assert.Equal(
            ["""{"entry_page":"/home","sessions":2,"seconds":300.0,"conversions":2,"with_cart":2}""",
                """{"entry_page":null,"sessions":1,"seconds":0.0,"conversions":0,"with_cart":0}"""],
            answers[0].Rows.Select(row => row.ToJsonString()));
        answers.RemoveAt(0);
        Assert.Equal(("12", "132"), (answers[0][0, "windows"], answers[0][0, "rows"]));
        Assert.Equal((10, "\"2026-11-22T07:03:00.000000Z\""), (answers[1].Rows.Count, answers[1][0, "window_start"]));
        Assert.Equal(("501", "105.95"), (answers[2][0, "events"], answers[2][0, "revenue"]));
        Assert.Equal(["DE 840", " 240", "NO 121"], answers[3].Rows.Select(row => $"{(string?)row["country"]} {row["events"]}"));
        Assert.Equal(answers[3].Rows.Select(row => row.ToJsonString()), answers[4].Rows.Select(row => row.ToJsonString()));
        Assert.Equal(["""{"date":"2026-11-21","events":300,"revenue":62.97}"""], answers[5].Rows.Select(row => row.ToJsonString()));
        UserCount users = await new LakeReader(LocalLake.Open(_folder.File("lake"))).CountUsersAsync("1min", new(0, long.MaxValue), default);
        Assert.Equal(users.Users.ToString(CultureInfo.InvariantCulture), answers[6][0, "unique_users"]);
        Assert.InRange(users.Users, 17, 19);
    }

    [Fact]
    public async Task PlainGlob_InTheGracePeriod_SeesAFinalHourTwice()
    {
        await WriteLakeAsync();

        DuckDbResult plain = await DuckDb.QueryAsync(
            $"SELECT count(*) AS rows FROM read_parquet({DuckDb.Quote(_folder.File("lake/metrics_1min/**/*.parquet"))})");

        Assert.Equal("17", plain[0, "rows"]);
    }

    [Fact]
    public async Task CompactedFiles_HaveMinimaAndMaximaThatLetEnginesSkip()
    {
        string root = _folder.File("lake");
        LakeSink sink = new(LocalLake.Open(root), Families);
        for (int hour = 0; hour < 6; hour++)
        {
            await sink.WriteAsync(HourOf(OneMinute, Start + (hour * Hour)), default);
        }

        await sink.MarkFinalAsync("1min", Start + Day, default);
        await sink.FinishAsync(default);
        string daily = DuckDb.Quote(root + "/metrics_1min_daily/date=2026-11-22/2026-11-22.parquet");

        DuckDbResult groups = await DuckDb.QueryAsync($"""
            SELECT row_group_id AS id, max(row_group_num_rows) AS rows,
                count(*) FILTER (stats_min_value IS NOT NULL AND stats_max_value IS NOT NULL) AS columns,
                max(stats_min_value) FILTER (path_in_schema = 'window_start') AS least,
                max(stats_max_value) FILTER (path_in_schema = 'window_start') AS greatest
            FROM parquet_metadata({daily}) GROUP BY row_group_id ORDER BY row_group_id
            """);
        DuckDbResult last = await DuckDb.QueryAsync("SELECT count(*) AS rows, "
            + $"min(window_start) AS first FROM read_parquet({daily}) WHERE window_start >= TIMESTAMPTZ '2026-11-22 11:30:00Z'");

        Assert.Equal(["240", "120"], Enumerable.Range(0, 2).Select(i => groups[i, "rows"]));
        Assert.Equal(
            ["2026-11-22 06:00:00+00 2026-11-22 09:59:00+00", "2026-11-22 10:00:00+00 2026-11-22 11:59:00+00"],
            groups.Rows.Select(row => $"{(string)row["least"]!} {(string)row["greatest"]!}"));
        Assert.All(Enumerable.Range(0, 2), i => Assert.True(int.Parse(groups[i, "columns"], CultureInfo.InvariantCulture) >= 15));
        Assert.Equal(("30", "\"2026-11-22T11:30:00.000000Z\""), (last[0, "rows"], last[0, "first"]));
    }

    [Fact]
    public async Task Breakdown_EveryFamily_SumsToTheMaps()
    {
        string root = _folder.File("lake");
        LakeSink sink = new(LocalLake.Open(root), Families);
        await sink.WriteAsync([.. HourOf(OneMinute, Start, count: 3), Result(OneHour, Start),
            .. HourOf(FiveMinutes, Start, count: 3), Result(OneMinute, Start + Minute, 2)], default);
        await sink.MarkFinalAsync("1min", Start + Day, default);
        await sink.FinishAsync(default);

        DuckDbResult different = await DuckDb.QueryAsync($"""
            CREATE TABLE maps AS SELECT "window", window_start, dimension, unnest(map_entries(entries), recursive := true) FROM (
                SELECT "window", window_start, unnest(['page', 'device', 'country', 'event_type']) AS dimension,
                    unnest([top_pages, device_breakdown, country_breakdown, event_types]) AS entries
                FROM read_parquet({DuckDb.Quote(root + "/metrics_*/date=*/hour=*/*.parquet")}, hive_partitioning = false));
            CREATE TABLE long AS SELECT "window", window_start, dimension, value, events, family
                FROM read_parquet({DuckDb.Quote(root + "/metrics_breakdown/**/*.parquet")}, hive_partitioning = true);
            SELECT (SELECT count(*) FROM maps) AS maps, (SELECT count(*) FROM long WHERE family = "window") AS long,
                (SELECT count(*) FROM (FROM maps EXCEPT SELECT * EXCLUDE (family) FROM long)) AS missing,
                (SELECT count(*) FROM (SELECT * EXCLUDE (family) FROM long EXCEPT FROM maps)) AS more,
            """);

        Assert.Equal(("77", "77", "0", "0"), (different[0, "maps"], different[0, "long"], different[0, "missing"], different[0, "more"]));
    }

    private async Task WriteLakeAsync()
    {
        LakeSink earlier = new(LocalLake.Open(_folder.File("lake")), Families);
        await earlier.WriteAsync([.. _minutes.Where(result => result.StartMs < Start)], default);
        await earlier.MarkFinalAsync("1min", Start, default);
        await earlier.FinishAsync(default);
        LakeSink sink = new(LocalLake.Open(_folder.File("lake")), Families);
        await sink.WriteAsync(_minutes, default);
        await sink.WriteSessionsAsync(Ended(Start, 1, Session("ada", Start - Minute), Session("bob", Start - Day)), default);
        await sink.WriteSessionsAsync(Ended(Start, 2, Session("ada", Start - Minute), Bare("cat", Start)), default);
        await sink.WriteSessionsAsync(Ended(Start + Minute, 1, Session("dan", Start)), default);
        await sink.MarkFinalAsync("sessions", Start + Hour, default);
        Assert.Equal(4, Paths(_folder.File("lake"), "sessions").Count);
        await sink.MarkFinalAsync("1min", Start + Hour, default);
        Assert.Equal(1 + 5 + 1 + 4, Paths(_folder.File("lake"), "metrics_1min").Count);
    }

    private static string DocsPath()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, "docs", "LAKE.md");
            if (File.Exists(path))
            {
                return path;
            }
        }

        throw new FileNotFoundException($"docs/LAKE.md was not found above {AppContext.BaseDirectory}");
    }

    [GeneratedRegex("^```sql\n(?<sql>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
