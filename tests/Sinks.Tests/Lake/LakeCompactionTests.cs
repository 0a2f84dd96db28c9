using Tidemark.Core.Results;
using Tidemark.Core.Windows;
using Tidemark.Sinks.Lake;
using Tidemark.Support.Fixtures;
using static Tidemark.Sinks.Tests.Lake.LakeSamples;

namespace Tidemark.Sinks.Tests.Lake;

public sealed class LakeCompactionTests : IDisposable
{
    private const string HourFolder = "metrics_1min/date=2026-11-22/hour=06";
    private const string HourFile = HourFolder + "/hour-1795327200.parquet";

    private readonly TempFolder _folder = new();
    private readonly ManualTime _time = new(new DateTimeOffset(2026, 11, 22, 7, 0, 0, TimeSpan.Zero));

    private string Root => _folder.File("lake");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task MarkFinal_WholeHour_IsOneFileAndAfterTheGracePeriodTheOnlyOne()
    {
        LakeSink sink = NewSink();
        List<WindowResult> hour = HourOf(OneMinute, Start);
        await sink.WriteAsync(hour, default);

        await sink.MarkFinalAsync("1min", Start + Hour, default);

        Assert.Equal(61, Paths(Root, "metrics_1min").Count);
        Assert.Equal(Texts(hour), Texts(await ReadAllAsync(LocalLake.Open(Root), "1min")));

        _time.Advance(TimeSpan.FromMinutes(10));
        await sink.MarkFinalAsync("1min", Start + Hour + Minute, default);

        Assert.Equal([HourFile], Paths(Root, "metrics_1min"));
        Assert.Equal(["metrics_breakdown/family=1min/date=2026-11-22/hour=06/hour-1795327200.parquet"], Paths(Root, "metrics_breakdown"));
        Assert.Equal(Texts(hour), Texts(await ReadAllAsync(LocalLake.Open(Root), "1min")));
        Assert.Equal((2, 0, 120, 0), (sink.Compaction.Hours, sink.Compaction.Days, sink.Compaction.Deleted, sink.Compaction.LeftAlone));
    }

    [Theory]
    [InlineData(Start + Hour - 1, false)]
    [InlineData(Start + Hour - Minute, false)]
    [InlineData(Start + Hour, true)]
    public async Task MarkFinal_Minutes_AreCompactedWhenTheLastOfTheHourIsFinal(long finalBeforeMs, bool isCompacted)
    {
        LakeSink sink = NewSink();
        await sink.WriteAsync(HourOf(OneMinute, Start, count: 3), default);

        await sink.MarkFinalAsync("1min", finalBeforeMs, default);
        await sink.FinishAsync(default);

        Assert.Equal(isCompacted, File.Exists(Path.Combine(Root, HourFile)));
        Assert.Equal(isCompacted ? 1 : 3, Paths(Root, "metrics_1min").Count);
    }

    [Fact]
    public async Task MarkFinal_SlidingWindows_WaitForTheOneThatEndsInTheNextHour()
    {
        LakeSink sink = NewSink();
        await sink.WriteAsync(HourOf(FiveMinutes, Start), default);

        await sink.MarkFinalAsync("5min", Start + Hour + (4 * Minute) - 1, default);
        await sink.FinishAsync(default);
        Assert.Equal(60, Paths(Root, "metrics_5min").Count);

        await sink.MarkFinalAsync("5min", Start + Hour + (4 * Minute), default);
        await sink.FinishAsync(default);
        Assert.Single(Paths(Root, "metrics_5min"));
    }

    [Fact]
    public async Task MarkFinal_CumulativeWindows_AreOneFileAfterTheirLastEnd()
    {
        LakeSink sink = NewSink();
        long day = Start - (6 * Hour);
        List<WindowResult> results = [.. Enumerable.Range(1, 24).Select(hour => Result(Today, day, lengthMs: hour * Hour))];
        await sink.WriteAsync(results, default);

        await sink.MarkFinalAsync("today", day + (23 * Hour), default);
        await sink.FinishAsync(default);
        Assert.Equal(24, Paths(Root, "metrics_today").Count);

        await sink.MarkFinalAsync("today", day + Day, default);
        await sink.FinishAsync(default);
        Assert.Equal(["metrics_today/date=2026-11-22/hour=00/hour-1795305600.parquet"], Paths(Root, "metrics_today"));
        Assert.Equal(["metrics_today_daily/date=2026-11-22/2026-11-22.parquet"], Paths(Root, "metrics_today_daily"));
        Assert.Equal(Texts(results), Texts(await ReadAllAsync(LocalLake.Open(Root), "today")));
    }

    [Fact]
    public async Task MarkFinal_WholeDay_IsOneFileOfTheDailyTable()
    {
        LakeSink sink = NewSink();
        long day = Start - (6 * Hour);
        for (int hour = 0; hour < 24; hour++)
        {
            await sink.WriteAsync([.. HourOf(OneMinute, day + (hour * Hour), count: 2), Result(OneHour, day + (hour * Hour))], default);
        }

        await sink.MarkFinalAsync("1min", day + Day - 1, default);
        Assert.Empty(Paths(Root, "metrics_1min_daily"));

        await sink.MarkFinalAsync("1min", day + Day, default);
        await sink.MarkFinalAsync("1hour", day + Day, default);
        await sink.FinishAsync(default);

        Assert.Equal(["metrics_1min_daily/date=2026-11-22/2026-11-22.parquet"], Paths(Root, "metrics_1min_daily"));
        Assert.Equal(["metrics_breakdown_daily/family=1hour/date=2026-11-22/2026-11-22.parquet",
            "metrics_breakdown_daily/family=1min/date=2026-11-22/2026-11-22.parquet"], Paths(Root, "metrics_breakdown_daily"));
        Assert.Equal(24, Paths(Root, "metrics_1min").Count);
        Assert.Equal(24, Paths(Root, "metrics_1hour").Count);
        DuckDbResult sums = await DuckDb.QueryAsync($"""
            SELECT (SELECT sum(total_events)::BIGINT FROM {Deduplicated(Root, "metrics_1min")}) AS hours,
                (SELECT sum(total_events)::BIGINT FROM {Deduplicated(Root, "metrics_1min_daily")}) AS days,
                (SELECT count(*) FROM (FROM {Deduplicated(Root, "metrics_1min")} EXCEPT
                    FROM read_parquet({DuckDb.Quote(Root + "/metrics_1min_daily/**/*.parquet")}, hive_partitioning = false))) AS different
            """);
        Assert.Equal(("4800", "4800", "0"), (sums[0, "hours"], sums[0, "days"], sums[0, "different"]));
    }

    [Fact]
    public async Task MarkFinal_AfterALateCorrectionOfAFinalHour_TakesItIn()
    {
        LakeSink sink = NewSink(TimeSpan.Zero);
        await sink.WriteAsync(HourOf(OneMinute, Start), default);
        await sink.MarkFinalAsync("1min", Start + Day, default);
        Assert.Equal([HourFile], Paths(Root, "metrics_1min"));

        WindowResult correction = Result(OneMinute, Start + Minute, revision: 2);
        await sink.WriteAsync([correction], default);
        Assert.Equal(Json(correction), Json((await ReadAllAsync(LocalLake.Open(Root), "1min"))[1]));
        await sink.MarkFinalAsync("1min", Start + Day + Minute, default);

        Assert.Equal([HourFile], Paths(Root, "metrics_1min"));
        List<WindowResult> after = await ReadAllAsync(LocalLake.Open(Root), "1min");
        Assert.Equal((60, Json(correction)), (after.Count, Json(after[1])));
        DuckDbResult daily = await DuckDb.QueryAsync("SELECT sum(total_events)::BIGINT AS events, "
            + $"count(*) AS rows FROM read_parquet({DuckDb.Quote(Root + "/metrics_1min_daily/*/*.parquet")})");
        Assert.Equal(("6001", "60"), (daily[0, "events"], daily[0, "rows"]));
    }

    [Fact]
    public async Task WriteAsync_ReplayIntoACompactedLake_ChangesNoByte()
    {
        List<WindowResult> history =
            [.. HourOf(OneMinute, Start), .. HourOf(OneMinute, Start + Hour, count: 5), Result(OneMinute, Start, 2), Result(OneMinute, Start, 3)];
        await RunAsync(history, Start + Hour);
        SortedDictionary<string, string> before = TempFolder.Contents(Root);
        FaultyLake watched = new(LocalLake.Open(Root));

        LakeSink again = new(watched, Families, null, _time);
        foreach (WindowResult result in history)
        {
            await again.WriteAsync([result], default);
        }

        await again.MarkFinalAsync("1min", Start + Hour, default);
        await again.FinishAsync(default);

        Assert.Equal(before, TempFolder.Contents(Root));
        Assert.Empty(watched.Changes);
        Assert.Equal((0, 0), (again.Written, again.Ahead.Count));
    }

    [Fact]
    public async Task WriteAsync_OlderRevisionThanInTheHourFile_IsIgnoredAndRemembered()
    {
        await RunAsync(HourOf(OneMinute, Start, revision: 3), Start + Hour);
        LakeSink sink = NewSink();

        await sink.WriteAsync([Result(OneMinute, Start, 2)], default);

        Assert.Equal([HourFile], Paths(Root, "metrics_1min"));
        Assert.Equal([HourFolder + "/1795327200.parquet"], sink.Ahead);
    }

    [Fact]
    public async Task WriteAsync_OtherContentThanInTheHourFile_Fails()
    {
        await RunAsync(HourOf(OneMinute, Start), Start + Hour);
        SortedDictionary<string, string> before = TempFolder.Contents(Root);

        SinkException error = await Assert.ThrowsAsync<SinkException>(
            () => NewSink().WriteAsync([Result(OneMinute, Start) with { TotalEvents = 7 }], default));

        Assert.Contains("holds another result for the same window (revision 1 with 100 events there, 1 with 7 here)",
            error.Message, StringComparison.Ordinal);
        Assert.Equal(before, TempFolder.Contents(Root));
    }

    [Fact]
    public async Task MarkFinal_FilesOfAnEarlierProcess_AreFoundAndCompacted()
    {
        await NewSink().WriteAsync(HourOf(OneMinute, Start), default);
        LakeSink later = NewSink();

        await later.MarkFinalAsync("1min", Start + Day, default);
        await later.FinishAsync(default);

        Assert.Equal([HourFile], Paths(Root, "metrics_1min"));
        Assert.Single(Paths(Root, "metrics_1min_daily"));
    }

    [Theory]
    [InlineData(1)] // the hours are looked into one by one
    [InlineData(70)] // more than are looked into: the table is listed again
    public async Task MarkFinal_AnotherProcessWritesOn_ItsHoursAreCompactedHere(int hours)
    {
        LakeSink writer = NewSink();
        LakeSink clock = NewSink(othersWrite: true);
        await writer.WriteAsync([Result(OneMinute, Start - Hour)], default);
        await clock.MarkFinalAsync("1min", Start + Minute, default);
        for (int hour = 0; hour < hours; hour++)
        {
            await writer.WriteAsync(HourOf(OneMinute, Start + (hour * Hour), count: 2), default);
        }

        await clock.MarkFinalAsync("1min", Start + (hours * Hour) - 1, default);
        Assert.Equal(2 * (hours - 1), clock.Compaction.Hours); // of windows and of breakdowns

        await clock.MarkFinalAsync("1min", Start + (hours * Hour), default);
        Assert.Equal(2 * hours, clock.Compaction.Hours);
        _time.Advance(TimeSpan.FromMinutes(10));
        await clock.MarkFinalAsync("1min", Start + (hours * Hour) + Minute, default);
        Assert.Equal(hours + 1, Paths(Root, "metrics_1min").Count);
        Assert.Equal(4 * hours, clock.Compaction.Deleted);

        await clock.MarkFinalAsync("1min", Start + ((hours + 24) * Hour), default);
        Assert.Equal((hours + 23 + 6) / 24, Paths(Root, "metrics_1min_daily").Count);
    }

    [Fact]
    public async Task MarkFinal_MoreRowsThanAFileMayHold_LeavesTheHourAlone()
    {
        LakeSink sink = new(LocalLake.Open(Root), Families, new LakeOptions { MaxRows = 59 }, _time);
        await sink.WriteAsync(HourOf(OneMinute, Start), default);

        await sink.MarkFinalAsync("1min", Start + Hour, default);
        await sink.FinishAsync(default);

        Assert.Equal(60, Paths(Root, "metrics_1min").Count);
        Assert.Equal(1, sink.Compaction.LeftAlone);
        Assert.Contains("more than 59 rows", sink.Compaction.Problems[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task MarkFinal_AFileThatCannotBeRead_LeavesItsHourAloneAndGoesOn()
    {
        LakeSink sink = NewSink();
        await sink.WriteAsync([.. HourOf(OneMinute, Start, count: 2), .. HourOf(OneMinute, Start + Hour, count: 2)], default);
        await File.WriteAllTextAsync(Path.Combine(Root, HourFolder, "1795327260.parquet"), "damaged");

        await sink.MarkFinalAsync("1min", Start + (2 * Hour), default);
        await sink.FinishAsync(default);

        Assert.Equal(2, Paths(Root, HourFolder).Count);
        Assert.Single(Paths(Root, "metrics_1min/date=2026-11-22/hour=07"));
        Assert.Equal(1, sink.Compaction.LeftAlone);
    }

    [Theory]
    [InlineData(100, -2 * Hour, "metrics_tiny/date=1969-12-31/hour=22/hour--7200.parquet")]
    [InlineData(250, -62_000_000_800_000, "metrics_tiny/date=0005-04-19/hour=09/hour--62000002800.parquet")]
    [InlineData(1, Start, "metrics_tiny/date=2026-11-22/hour=06/hour-1795327200.parquet")]
    public async Task MarkFinal_TinyWindowsAndOldTimes_AreCompactedToo(int sizeMs, long startMs, string expected)
    {
        WindowDefinition tiny = new() { Name = "tiny", Size = TimeSpan.FromMilliseconds(sizeMs) };
        List<WindowResult> results = [.. Enumerable.Range(0, 20).Select(i => Result(tiny, startMs + (i * sizeMs)))];
        LakeSink sink = new(LocalLake.Open(Root), [tiny], null, _time);
        await sink.WriteAsync(results, default);

        await sink.MarkFinalAsync("tiny", startMs + Hour, default);
        await sink.FinishAsync(default);

        Assert.Equal([expected], Paths(Root, "metrics_tiny"));
        Assert.Equal(Texts(results), Texts(await ReadAllAsync(LocalLake.Open(Root), "tiny")));
    }

    [Theory]
    [InlineData("breakdown")]
    [InlineData("1min_daily")]
    public void LakeSink_NameWhoseTableIsTaken_IsRefused(string name) =>
        Assert.Contains(
            $"windows named '{name}' cannot be written to a lake",
            Assert.Throws<SinkException>(() => new LakeSink(LocalLake.Open(Root), [OneMinute, OneMinute with { Name = name }])).Message,
            StringComparison.Ordinal);

    private LakeSink NewSink(TimeSpan? grace = null, bool othersWrite = false) =>
        new(LocalLake.Open(Root), Families, new LakeOptions { Grace = grace ?? TimeSpan.FromMinutes(10), OthersWrite = othersWrite }, _time);

    private async Task RunAsync(IReadOnlyList<WindowResult> results, long finalBeforeMs)
    {
        LakeSink sink = NewSink();
        await sink.WriteAsync(results, default);
        await sink.MarkFinalAsync("1min", finalBeforeMs, default);
        await sink.FinishAsync(default);
    }
}
